//! SQLite files in the state directory: how they are opened, and who moves their write-ahead log into them.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);

/// In pages of 4 KiB: the log's length from which on a writer checkpoints by itself, should the checkpointer not keep up.
const AUTOMATIC_CHECKPOINT_PAGES: u32 = 16_384;

/// Opens a database for reading and writing. Write-ahead logging lets readers go on while one writes; `NORMAL` leaves
/// syncing to the checkpoint, so that a commit survives the death of the process, but perhaps not that of the machine.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", AUTOMATIC_CHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Locks even after a panic elsewhere: SQLite rolls back what a panic interrupted.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Moves write-ahead logs into their databases from a thread of its own, so that no request waits for the disk.
pub struct Checkpointer {
    databases: Sender<Connection>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpointer {
    /// Starts the thread.
    pub fn start() -> std::io::Result<Self> {
        let (databases, incoming) = channel();
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || checkpoint(&incoming))?;
        Ok(Self {
            databases,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Has a database looked after from now on.
    pub fn watch(&self, path: &Path) -> rusqlite::Result<()> {
        // The thread ends only with this value, so there is someone to receive.
        _ = self.databases.send(open(path)?);
        Ok(())
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.databases = channel().0;
        if let Some(thread) = lock(&self.thread).take() {
            _ = thread.join();
        }
    }
}

fn checkpoint(incoming: &Receiver<Connection>) {
    let mut databases = Vec::new();
    loop {
        match incoming.recv_timeout(CHECKPOINT_INTERVAL) {
            Ok(database) => databases.push(database),
            Err(RecvTimeoutError::Timeout) => {
                for database in &databases {
                    // A passive checkpoint waits for nobody; what it could not move is moved the next time.
                    _ = database.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
