//! Building the WebAssembly components that `spin.toml` names, as `spin build` would.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// The target that components are compiled for.
pub const TARGET: &str = "wasm32-wasip2";
/// The adapter that stands for every capability that a dependency was not granted: the edge host's own part.
const DENY_ADAPTER: &str = "cargo build --release --target wasm32-wasip2 -p deny-adapter";

/// What a build does not inherit: what Cargo sets for the programs that it runs, which would make this build look different
/// from one by hand, and what is meant for this machine's programs rather than for components. The manifest says where
/// components are found, so that is where they are put.
const NOT_INHERITED: [&str; 6] = [
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_MANIFEST_DIR",
    "CARGO_TARGET_DIR",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// Why the components could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no manifest here or in any folder above.
    #[error("there is no spin.toml in {0} or above it: run medchat in the folder of the application")]
    NoManifest(PathBuf),
    /// The manifest cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The compiler's library for the target is not there and could not be installed.
    #[error("the Rust target {TARGET} is not installed: run `rustup target add {TARGET}`")]
    NoTarget,
    /// A build command could not be started.
    #[error("`{0}` cannot be started: is Rust installed? See https://rustup.rs")]
    NotStarted(String),
    /// A build command failed; what it printed says why.
    #[error("`{0}` failed")]
    Failed(String),
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Component {
    build: Option<Build>,
}

#[derive(Deserialize)]
struct Build {
    command: String,
}

/// The manifest of the application in `folder` or the nearest one above it.
///
/// # Errors
/// [`BuildError::NoManifest`]
pub fn find_manifest(folder: &Path) -> Result<PathBuf, BuildError> {
    folder
        .ancestors()
        .map(|folder| folder.join("spin.toml"))
        .find(|path| path.is_file())
        .ok_or_else(|| BuildError::NoManifest(folder.to_owned()))
}

/// Builds whatever is stale, telling `progress` of each command before it runs.
///
/// # Errors
/// See [`BuildError`].
pub fn build(manifest: &Path, progress: impl Fn(&str)) -> Result<(), BuildError> {
    let folder = manifest
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    ensure_target(folder, &progress)?;
    for command in commands(manifest)? {
        progress(&command);
        run(&command, folder)?;
    }
    Ok(())
}

/// The build commands, each once, in the manifest's order.
fn commands(manifest: &Path) -> Result<Vec<String>, BuildError> {
    let unreadable = |reason: String| BuildError::Manifest {
        path: manifest.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(manifest).map_err(|error| unreadable(error.to_string()))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let mut commands = vec![DENY_ADAPTER.to_owned()];
    for build in manifest.component.into_values().filter_map(|component| component.build) {
        if !commands.contains(&build.command) {
            commands.push(build.command);
        }
    }
    Ok(commands)
}

/// The toolchain file names the target, and rustup installs it with the toolchain; not so where the toolchain was there
/// before.
fn ensure_target(folder: &Path, progress: &impl Fn(&str)) -> Result<(), BuildError> {
    let printed = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .output()
        .map_err(|_| BuildError::NotStarted("rustc".to_owned()))?;
    if Path::new(String::from_utf8_lossy(&printed.stdout).trim()).is_dir() {
        return Ok(());
    }
    let install = format!("rustup target add {TARGET}");
    progress(&install);
    run(&install, folder).map_err(|_| BuildError::NoTarget)
}

/// Runs a build command in `folder`, as for a component of the manifest there.
///
/// # Errors
/// [`BuildError::NotStarted`] or [`BuildError::Failed`]
pub fn run(command: &str, folder: &Path) -> Result<(), BuildError> {
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut build = Command::new(program);
    build.args(words).current_dir(folder);
    for variable in NOT_INHERITED {
        build.env_remove(variable);
    }
    let status = build.status().map_err(|_| BuildError::NotStarted(command.to_owned()))?;
    if status.success() {
        Ok(())
    } else {
        Err(BuildError::Failed(command.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_found_from_a_folder_below_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("spin.toml"), "").unwrap();
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(find_manifest(&below).unwrap(), folder.path().join("spin.toml"));
    }

    #[test]
    fn a_folder_without_a_manifest_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = find_manifest(folder.path()).unwrap_err();
        assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    }

    #[test]
    fn a_command_that_two_components_share_runs_once() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("spin.toml");
        let text = "[component.a.build]\ncommand = \"make\"\n[component.b.build]\ncommand = \"make\"\n[component.c]\n";
        std::fs::write(&manifest, text).unwrap();
        assert_eq!(commands(&manifest).unwrap(), [DENY_ADAPTER, "make"]);
    }

    #[test]
    fn a_build_that_fails_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run("false", folder.path()).unwrap_err().to_string(), "`false` failed");
        assert!(matches!(
            run("no-such-program", folder.path()),
            Err(BuildError::NotStarted(_))
        ));
    }
}
