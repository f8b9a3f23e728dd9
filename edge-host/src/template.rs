//! `{{ name }}` templates, with which a manifest passes variables on.

/// A text in which `{{ name }}` stands for a variable's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

/// Why a template cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without `}}`.
    #[error("a {{{{ is never closed")]
    Unclosed,
    /// It uses a variable that the application does not have.
    #[error("there is no variable \"{0}\"")]
    UnknownVariable(String),
}

impl Template {
    /// Parses a template's text.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or(TemplateError::Unclosed)?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Whether no variable is in it.
    pub fn is_literal(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The text with `lookup`'s values in place.
    pub fn render<'a>(&self, lookup: impl Fn(&str) -> Option<&'a str>) -> Result<String, TemplateError> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable(name) => {
                    text.push_str(lookup(name).ok_or_else(|| TemplateError::UnknownVariable(name.clone()))?);
                }
            }
        }
        Ok(text)
    }
}

/// Why `name` cannot be a variable's name. The rule is Spin's, which must be able to make an environment variable of it.
pub fn check_variable_name(name: &str) -> Result<(), String> {
    let reason = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(invalid) = name
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_'))
    {
        format!("invalid character {invalid:?}: only lower-case letters, digits and underscores may be in it")
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a letter or a digit".to_owned()
    } else if name.contains("__") {
        "must not have two underscores in a row".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{name:?}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Result<String, TemplateError> {
        Template::parse(text)?.render(|name| (name == "port").then_some("8080"))
    }

    #[test]
    fn a_variable_is_put_in_its_place() {
        assert_eq!(
            render("http://localhost:{{ port }}/").unwrap(),
            "http://localhost:8080/"
        );
        assert_eq!(render("{{port}}{{ port}}").unwrap(), "80808080");
    }

    #[test]
    fn text_without_braces_stays_as_it_is() {
        assert_eq!(render("a } b { c").unwrap(), "a } b { c");
    }

    #[test]
    fn an_unknown_variable_is_refused_by_name() {
        assert_eq!(
            render("{{ host }}"),
            Err(TemplateError::UnknownVariable("host".to_owned()))
        );
    }

    #[test]
    fn braces_that_never_close_are_refused() {
        assert_eq!(render("{{ port"), Err(TemplateError::Unclosed));
    }

    #[test]
    fn a_name_that_cannot_become_an_environment_variable_is_refused() {
        for name in ["", "Port", "9lives", "two__underscores", "trailing_", "da-sh"] {
            assert!(check_variable_name(name).is_err(), "{name}");
        }
        assert!(check_variable_name("signing_key_2").is_ok());
    }
}
