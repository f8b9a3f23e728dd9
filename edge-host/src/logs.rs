//! What components write to stdout and stderr: kept apart from the host's own log, whole lines at a time.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::storage::lock;

/// A line longer than this is cut into several.
const LINE_BYTES: usize = 64 << 10;

/// Which stream a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl LogStream {
    fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// A function that is given each line, without its end: component id, stream, line.
pub type LineObserver = Arc<dyn Fn(&str, LogStream, &str) + Send + Sync>;

/// Where the lines of all components go.
#[derive(Clone, Default)]
pub struct LogOptions {
    /// A directory for `<component>_stdout.txt` and `<component>_stderr.txt`, which are appended to.
    pub directory: Option<PathBuf>,
    /// Whether lines also go to the host's stdout and stderr.
    pub echo: bool,
    /// Whoever else wants to see each line, such as a test.
    pub observer: Option<LineObserver>,
}

/// Where the lines of one component go.
#[derive(Clone)]
pub struct ComponentLogs {
    stdout: Arc<Sink>,
    stderr: Arc<Sink>,
}

struct Sink {
    component: String,
    stream: LogStream,
    file: Option<Mutex<File>>,
    echo: bool,
    observer: Option<LineObserver>,
}

impl ComponentLogs {
    /// Opens a component's log files.
    pub fn open(component: &str, options: &LogOptions) -> io::Result<Self> {
        let sink = |stream: LogStream| {
            let open = |directory: &PathBuf| open(&directory.join(format!("{component}_{}.txt", stream.name())));
            io::Result::Ok(Arc::new(Sink {
                component: component.to_owned(),
                stream,
                file: options.directory.as_ref().map(open).transpose()?.map(Mutex::new),
                echo: options.echo,
                observer: options.observer.clone(),
            }))
        };
        Ok(Self {
            stdout: sink(LogStream::Stdout)?,
            stderr: sink(LogStream::Stderr)?,
        })
    }

    /// A stream for a new instance's stdout.
    pub fn stdout(&self) -> LineWriter {
        LineWriter::new(self.stdout.clone())
    }

    /// A stream for a new instance's stderr.
    pub fn stderr(&self) -> LineWriter {
        LineWriter::new(self.stderr.clone())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

impl Sink {
    /// Writes whole lines. A full disk must not stop requests, so a line that cannot be written is lost.
    fn write(&self, lines: &[u8]) {
        if let Some(file) = &self.file {
            _ = lock(file).write_all(lines);
        }
        if self.echo {
            _ = match self.stream {
                LogStream::Stdout => io::stdout().lock().write_all(lines),
                LogStream::Stderr => io::stderr().lock().write_all(lines),
            };
        }
        if let Some(observer) = &self.observer {
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                observer(&self.component, self.stream, &String::from_utf8_lossy(line));
            }
        }
    }
}

/// One instance's stream. It holds back the beginning of a line until the end comes, so that the lines of instances
/// that run at the same time do not mix.
#[derive(Clone)]
pub struct LineWriter(Arc<Line>);

struct Line {
    sink: Arc<Sink>,
    begun: Mutex<Vec<u8>>,
}

impl LineWriter {
    fn new(sink: Arc<Sink>) -> Self {
        Self(Arc::new(Line {
            sink,
            begun: Mutex::default(),
        }))
    }

    fn append(&self, bytes: &[u8]) {
        let mut begun = lock(&self.0.begun);
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) if begun.is_empty() => {
                self.0.sink.write(&bytes[..=end]);
                begun.extend_from_slice(&bytes[end + 1..]);
            }
            Some(end) => {
                begun.extend_from_slice(&bytes[..=end]);
                self.0.sink.write(&begun);
                begun.clear();
                begun.extend_from_slice(&bytes[end + 1..]);
            }
            None => begun.extend_from_slice(bytes),
        }
        if begun.len() > LINE_BYTES {
            begun.push(b'\n');
            self.0.sink.write(&begun);
            begun.clear();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut begun = std::mem::take(&mut *lock(&self.begun));
        if !begun.is_empty() {
            begun.push(b'\n');
            self.sink.write(&begun);
        }
    }
}

impl IsTerminal for LineWriter {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LineWriter {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl OutputStream for LineWriter {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.append(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LINE_BYTES)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LineWriter {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LineWriter {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed() -> (ComponentLogs, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = lines.clone();
        let observer: LineObserver = Arc::new(move |component, stream, line| {
            lock(&seen).push(format!("{component} {} {line}", stream.name()));
        });
        let options = LogOptions {
            observer: Some(observer),
            ..LogOptions::default()
        };
        (ComponentLogs::open("chat", &options).unwrap(), lines)
    }

    #[test]
    fn a_line_is_passed_on_when_it_ends() {
        let (logs, lines) = observed();
        let stdout = logs.stdout();
        stdout.append(b"one ");
        assert!(lock(&lines).is_empty());
        stdout.append(b"line\nand another\nbegun");
        assert_eq!(*lock(&lines), ["chat stdout one line", "chat stdout and another"]);
    }

    #[test]
    fn a_line_that_never_ends_is_passed_on_with_its_instance() {
        let (logs, lines) = observed();
        let stderr = logs.stderr();
        stderr.append(b"panicked");
        drop(stderr);
        assert_eq!(*lock(&lines), ["chat stderr panicked"]);
    }

    #[test]
    fn lines_of_two_instances_do_not_mix() {
        let (logs, lines) = observed();
        let (one, other) = (logs.stdout(), logs.stdout());
        one.append(b"from ");
        other.append(b"other\n");
        one.append(b"one\n");
        assert_eq!(*lock(&lines), ["chat stdout other", "chat stdout from one"]);
    }

    #[test]
    fn files_are_appended_to() {
        let directory = tempfile::tempdir().unwrap();
        let options = LogOptions {
            directory: Some(directory.path().to_owned()),
            ..LogOptions::default()
        };
        for _ in 0..2 {
            ComponentLogs::open("chat", &options)
                .unwrap()
                .stdout()
                .append(b"line\n");
        }
        let text = std::fs::read_to_string(directory.path().join("chat_stdout.txt")).unwrap();
        assert_eq!(text, "line\nline\n");
    }
}
