//! The state directory: where a local Medchat keeps its stores, its logs and its signing key.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why the state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be made or written to.
    #[error("the state directory {path} cannot be written to: {reason}. Choose another one with --state")]
    Unwritable {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The signing key in it is no key.
    #[error("{0} is no signing key of ours: delete it to have a new one made (everyone is logged out then)")]
    NoKey(PathBuf),
}

/// A state directory that can be written to.
#[derive(Debug, Clone)]
pub struct State(PathBuf);

impl State {
    /// Opens `path`, making it if need be.
    ///
    /// # Errors
    /// [`StateError::Unwritable`]
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let unwritable = |reason| StateError::Unwritable {
            path: path.to_owned(),
            reason,
        };
        fs::create_dir_all(path.join("logs")).map_err(unwritable)?;
        let path = path.canonicalize().map_err(unwritable)?;
        let probe = path.join(".writable");
        fs::write(&probe, "")
            .and_then(|()| fs::remove_file(&probe))
            .map_err(unwritable)?;
        Ok(Self(path))
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file that the process `name` logs to, opened to be added to.
    ///
    /// # Errors
    /// [`StateError::Unwritable`]
    pub fn log(&self, name: &str) -> Result<fs::File, StateError> {
        let path = self.0.join("logs").join(format!("{name}.log"));
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        opened.map_err(|reason| StateError::Unwritable { path, reason })
    }

    /// The signing key of this directory, made at the first call: 256 random bits in hexadecimal, readable by the owner
    /// alone.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn signing_key(&self) -> Result<String, StateError> {
        let path = self.0.join("signing-key");
        let unwritable = |reason| StateError::Unwritable {
            path: path.clone(),
            reason,
        };
        match fs::read_to_string(&path) {
            Ok(key) if key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(key),
            Ok(_) => Err(StateError::NoKey(path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = random_key().map_err(unwritable)?;
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .map_err(unwritable)?;
                file.write_all(key.as_bytes()).map_err(unwritable)?;
                Ok(key)
            }
            Err(error) => Err(unwritable(error)),
        }
    }
}

/// 256 random bits in hexadecimal.
///
/// # Errors
/// The system has no randomness to give.
pub fn random_key() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_signing_key_is_made_once_and_for_the_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("state")).unwrap();
        let key = state.signing_key().unwrap();
        assert_eq!(state.signing_key().unwrap(), key);
        let mode = fs::metadata(state.path().join("signing-key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn two_directories_have_two_keys() {
        let folder = tempfile::tempdir().unwrap();
        let key = |name: &str| State::open(&folder.path().join(name)).unwrap().signing_key().unwrap();
        assert_ne!(key("a"), key("b"));
    }

    #[test]
    fn a_file_that_is_no_key_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        fs::write(state.path().join("signing-key"), "my notes").unwrap();
        assert!(matches!(state.signing_key(), Err(StateError::NoKey(_))));
        assert_eq!(
            fs::read_to_string(state.path().join("signing-key")).unwrap(),
            "my notes"
        );
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = State::open(&file.join("state")).unwrap_err();
        assert!(error.to_string().contains("--state"), "{error}");
    }
}
