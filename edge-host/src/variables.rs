//! Application variables: their values, and what each component sees of them.

use std::collections::{BTreeMap, HashMap};

use wasmtime::component::{Accessor, HasSelf};

use crate::bindings::spin::variables::variables as wit;
use crate::manifest::{Component, Manifest};
use crate::state::InstanceState;
use crate::template::{self, Template, TemplateError};

/// The prefix of an environment variable that sets an application variable; the name follows in upper case.
pub const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";

/// Why the variables cannot be resolved. No value is ever named.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// Nothing sets a required variable.
    #[error(
        "the variable \"{name}\" has no value: set the environment variable {ENVIRONMENT_PREFIX}{upper}",
        upper = name.to_ascii_uppercase()
    )]
    Missing {
        /// Its name.
        name: String,
    },
    /// A value was given for a variable that the application does not have.
    #[error("the application has no variable \"{name}\"")]
    Unknown {
        /// The name.
        name: String,
    },
}

/// The value of each of the application's variables.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Takes each variable's value from `given`, else from `environment`, else from its default.
    pub fn resolve(
        manifest: &Manifest,
        given: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, VariableError> {
        if let Some(name) = given.keys().find(|name| !manifest.variables.contains_key(*name)) {
            return Err(VariableError::Unknown { name: name.clone() });
        }
        let value = |name: &String, default: &Option<String>| {
            given
                .get(name)
                .cloned()
                .or_else(|| environment(&format!("{ENVIRONMENT_PREFIX}{}", name.to_ascii_uppercase())))
                .or_else(|| default.clone())
        };
        manifest
            .variables
            .iter()
            .map(|(name, variable)| match value(name, &variable.default) {
                Some(value) => Ok((name.clone(), value)),
                None => Err(VariableError::Missing { name: name.clone() }),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// A template's text with the values in place.
    pub fn render(&self, text: &str) -> Result<String, TemplateError> {
        Template::parse(text)?.render(|name| self.0.get(name).map(String::as_str))
    }

    /// The variables that a component sees, by the names it has for them.
    pub fn of_component(&self, component: &Component) -> Result<HashMap<String, String>, TemplateError> {
        component
            .variables
            .iter()
            .map(|(name, text)| Ok((name.clone(), self.render(text)?)))
            .collect()
    }
}

impl wit::Host for InstanceState {}

impl<T: Send> wit::HostWithStore<T> for HasSelf<InstanceState> {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, wit::Error>> {
        if let Err(reason) = template::check_variable_name(&name) {
            return Ok(Err(wit::Error::InvalidName(reason)));
        }
        Ok(accessor.with(|mut access| {
            let component = &access.get().component;
            component
                .variables
                .get(&name)
                .cloned()
                .ok_or_else(|| wit::Error::Undefined(format!("no variable for {:?}.{name:?}", component.id)))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "test"
        [variables]
        key = { required = true, secret = true }
        host = { default = "localhost" }
        [[trigger.http]]
        route = "/"
        component = "a"
        [component.a]
        source = "a.wasm"
        [component.a.variables]
        url = "http://{{ host }}/"
    "#;

    fn resolve(given: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Variables, VariableError> {
        let given = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Variables::resolve(&Manifest::parse(MANIFEST).unwrap(), &given, |name| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_required_variable_without_a_value_is_named() {
        let error = resolve(&[], &[]).err().unwrap();
        assert_eq!(error, VariableError::Missing { name: "key".to_owned() });
        assert!(error.to_string().contains("SPIN_VARIABLE_KEY"));
    }

    #[test]
    fn the_environment_sets_a_variable() {
        let variables = resolve(&[], &[("SPIN_VARIABLE_KEY", "secret")]).unwrap();
        assert_eq!(variables.render("{{ key }}@{{ host }}").unwrap(), "secret@localhost");
    }

    #[test]
    fn a_given_value_goes_before_the_environment_and_that_before_the_default() {
        let environment = [
            ("SPIN_VARIABLE_KEY", "from environment"),
            ("SPIN_VARIABLE_HOST", "example.com"),
        ];
        let variables = resolve(&[("key", "given")], &environment).unwrap();
        assert_eq!(variables.render("{{ key }} {{ host }}").unwrap(), "given example.com");
    }

    #[test]
    fn a_value_for_an_unknown_variable_is_refused() {
        let error = resolve(&[("kye", "x")], &[]).err().unwrap();
        assert_eq!(error, VariableError::Unknown { name: "kye".to_owned() });
    }

    #[test]
    fn a_component_sees_its_own_names_only() {
        let manifest = Manifest::parse(MANIFEST).unwrap();
        let variables = resolve(&[("key", "k")], &[])
            .unwrap()
            .of_component(&manifest.components["a"])
            .unwrap();
        assert_eq!(
            variables,
            HashMap::from([("url".to_owned(), "http://localhost/".to_owned())])
        );
    }
}
