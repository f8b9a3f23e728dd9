//! All topics: those that are part of the program, or those of a folder.

use std::{fs, io, path::Path};

use thiserror::Error;

use super::topic::{Topic, TopicError};

/// File name and text of every topic in the repository's `knowledge/`.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/topics.rs"));

/// A file in the folder that describes it and is no topic.
const README: &str = "README.md";

/// Why reference text cannot be used.
#[derive(Debug, Error)]
pub enum KnowledgeError {
    /// A file is no topic.
    #[error("{file}: {reason}")]
    Topic {
        /// Its name.
        file: String,
        /// What is wrong with it.
        reason: TopicError,
    },
    /// A file or the folder cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// Why not.
        reason: io::Error,
    },
    /// There is not one topic.
    #[error("there are no topics")]
    Empty,
}

/// The topics that answers are composed from.
#[derive(Debug, Clone)]
pub struct Library(Vec<Topic>);

impl Library {
    /// The topics that are part of the program.
    ///
    /// # Errors
    ///
    /// When one of them is malformed, which a test rules out, or when there is none.
    pub fn embedded() -> Result<Self, KnowledgeError> {
        Self::parse(EMBEDDED.iter().copied())
    }

    /// The topics of a folder: its `.md` files but a `README.md`.
    ///
    /// # Errors
    ///
    /// When the folder or a file cannot be read, a topic is malformed, or there is none.
    pub fn from_folder(folder: &Path) -> Result<Self, KnowledgeError> {
        let unreadable = |path: &Path, reason| KnowledgeError::Unreadable {
            path: path.display().to_string(),
            reason,
        };
        let entries = fs::read_dir(folder).map_err(|reason| unreadable(folder, reason))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|reason| unreadable(folder, reason))?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).map_err(|reason| unreadable(&path, reason))?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                files.push((name, text));
            }
        }
        files.sort();
        Self::parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    fn parse<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, KnowledgeError> {
        let topics = files
            .filter(|(file, _)| *file != README)
            .map(|(file, text)| {
                Topic::parse(text).map_err(|reason| KnowledgeError::Topic {
                    file: file.to_owned(),
                    reason,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if topics.is_empty() {
            Err(KnowledgeError::Empty)
        } else {
            Ok(Self(topics))
        }
    }

    /// The topics, in the order of their files' names.
    pub fn topics(&self) -> &[Topic] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_of_the_repository_is_well_formed() {
        let library = Library::embedded().unwrap();
        assert_eq!(
            library.topics().len(),
            EMBEDDED.iter().filter(|(file, _)| *file != README).count()
        );
    }

    #[test]
    fn a_malformed_topic_is_named_by_its_file() {
        let error = Library::parse([("cough.md", "no front matter")].into_iter()).unwrap_err();
        assert!(
            error.to_string().starts_with("cough.md: the file must begin with"),
            "{error}"
        );
    }

    #[test]
    fn a_folder_without_topics_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(README), "About this folder.").unwrap();
        assert!(matches!(
            Library::from_folder(folder.path()),
            Err(KnowledgeError::Empty)
        ));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = Library::from_folder(Path::new("/no/such/folder")).unwrap_err();
        assert!(error.to_string().starts_with("/no/such/folder: "), "{error}");
    }
}
