//! What makes a parsed manifest one that can be served.

use std::collections::BTreeSet;

use super::{Component, Dependency, InheritConfiguration, Manifest, ManifestError, StringOr, StringOrTable};
use crate::allowed_hosts::AllowedHost;
use crate::capability::Capability;
use crate::routes::Router;
use crate::template::{self, Template};

type Check = Result<(), ManifestError>;

/// Refuses what cannot be served, naming the place.
pub(super) fn check(manifest: &Manifest) -> Check {
    let version = &manifest.spin_manifest_version;
    if version.as_integer() != Some(2) && version.as_str() != Some("2") {
        return Err(unsupported("spin_manifest_version", format!("version {version}")));
    }
    if manifest.application.trigger.is_some() {
        return Err(unsupported("application", "trigger"));
    }
    check_variables(manifest)?;
    for (id, component) in &manifest.components {
        check_component(manifest, id, component)?;
    }
    check_triggers(manifest)
}

fn check_variables(manifest: &Manifest) -> Check {
    for (name, variable) in &manifest.variables {
        let place = format!("variables.{name}");
        template::check_variable_name(name).map_err(|reason| invalid(&place, reason))?;
        if variable.required == variable.default.is_some() {
            return Err(invalid(&place, "a variable is either required or has a default"));
        }
    }
    Ok(())
}

fn check_component(manifest: &Manifest, id: &str, component: &Component) -> Check {
    let place = format!("component.{id}");
    source_path(&place, "source", &component.source)?;
    let unsupported_keys = [
        ("files", !component.files.is_empty()),
        ("exclude_files", !component.exclude_files.is_empty()),
        ("allowed_http_hosts", !component.allowed_http_hosts.is_empty()),
        ("ai_models", !component.ai_models.is_empty()),
        ("profile", component.profile.is_some()),
        (
            "dependencies_inherit_configuration",
            component.dependencies_inherit_configuration.is_some(),
        ),
    ];
    if let Some((key, _)) = unsupported_keys.into_iter().find(|(_, present)| *present) {
        return Err(unsupported(place, key));
    }
    for (name, text) in &component.variables {
        let place = format!("{place}.variables.{name}");
        template::check_variable_name(name).map_err(|reason| invalid(&place, reason))?;
        check_template(manifest, &place, text)?;
    }
    for host in &component.allowed_outbound_hosts {
        let place = format!("{place}.allowed_outbound_hosts");
        if check_template(manifest, &place, host)?.is_literal() {
            AllowedHost::parse(host).map_err(|reason| invalid(&place, reason))?;
        }
    }
    for (name, dependency) in &component.dependencies {
        let place = format!("{place}.dependencies.\"{name}\"");
        match dependency {
            StringOr::String(_) => return Err(unsupported(place, "a dependency from a registry")),
            StringOr::Other(dependency) => check_dependency(manifest, &place, dependency)?,
        }
    }
    Ok(())
}

fn check_triggers(manifest: &Manifest) -> Check {
    if let Some(kind) = manifest.triggers.others.keys().next() {
        return Err(unsupported("trigger", format!("the \"{kind}\" trigger")));
    }
    if manifest.triggers.http.is_empty() {
        return Err(invalid(
            "trigger",
            "there is no [[trigger.http]] entry, so nothing would ever run",
        ));
    }
    let mut routes = BTreeSet::new();
    for trigger in &manifest.triggers.http {
        let StringOr::String(route) = &trigger.route else {
            return Err(unsupported("trigger.http", "a private route"));
        };
        let place = format!("trigger.http \"{route}\"");
        if !routes.insert(route) {
            return Err(invalid(&place, "the route is there twice"));
        }
        if trigger.static_response.is_some() {
            return Err(unsupported(place, "static_response"));
        }
        if let Some(executor) = &trigger.executor
            && executor.get("type").and_then(toml::Value::as_str) != Some("http")
        {
            return Err(unsupported(place, format!("the executor {executor}")));
        }
        match &trigger.component {
            None => return Err(invalid(&place, "component is missing")),
            Some(StringOr::Other(_)) => return Err(unsupported(place, "an inline component")),
            Some(StringOr::String(component)) => component_exists(manifest, &place, component)?,
        }
        for middleware in &trigger.dependencies.middleware {
            if middleware.export.is_some() {
                return Err(unsupported(place, "export of a middleware"));
            }
            check_dependency(manifest, &place, middleware)?;
        }
    }
    let routes = manifest
        .triggers
        .http
        .iter()
        .enumerate()
        .map(|(index, trigger)| (trigger.route.as_str(), index));
    Router::build(routes)
        .map(drop)
        .map_err(|error| invalid("trigger.http", error.to_string()))
}

fn check_dependency(manifest: &Manifest, place: &str, dependency: &Dependency) -> Check {
    let elsewhere = [
        (
            "a dependency from a registry",
            dependency.registry.is_some() || dependency.package.is_some(),
        ),
        ("a dependency from a url", dependency.url.is_some()),
    ];
    if let Some((feature, _)) = elsewhere.into_iter().find(|(_, present)| *present) {
        return Err(unsupported(place, feature));
    }
    if let Some(InheritConfiguration::Named(names)) = &dependency.inherit_configuration
        && let Some(name) = names.iter().find(|name| Capability::from_name(name).is_none())
    {
        return Err(ManifestError::UnknownCapability {
            place: place.to_owned(),
            name: name.clone(),
        });
    }
    match (&dependency.component, &dependency.path) {
        (Some(id), None) => {
            component_exists(manifest, place, id)?;
            declares_nothing(id, &manifest.components[id])
        }
        (None, Some(_)) => Ok(()),
        _ => Err(invalid(place, "a dependency has either a component or a path")),
    }
}

fn declares_nothing(id: &str, component: &Component) -> Check {
    let resources = [
        ("variables", !component.variables.is_empty()),
        ("environment", !component.environment.is_empty()),
        ("allowed_outbound_hosts", !component.allowed_outbound_hosts.is_empty()),
        ("key_value_stores", !component.key_value_stores.is_empty()),
        ("sqlite_databases", !component.sqlite_databases.is_empty()),
        ("dependencies", !component.dependencies.is_empty()),
    ];
    match resources.into_iter().find(|(_, declared)| *declared) {
        Some((resource, _)) => Err(ManifestError::DeclaresResources {
            component: id.to_owned(),
            resource,
        }),
        None => Ok(()),
    }
}

fn component_exists(manifest: &Manifest, place: &str, id: &str) -> Check {
    if manifest.components.contains_key(id) {
        return Ok(());
    }
    Err(ManifestError::UnknownComponent {
        place: place.to_owned(),
        component: id.to_owned(),
    })
}

fn source_path(place: &str, key: &str, source: &StringOrTable) -> Check {
    match source {
        StringOr::String(_) => Ok(()),
        StringOr::Other(table) if table.get("url").is_some() => Err(unsupported(place, format!("{key} from a url"))),
        StringOr::Other(_) => Err(unsupported(place, format!("{key} from a registry"))),
    }
}

fn check_template(manifest: &Manifest, place: &str, text: &str) -> Result<Template, ManifestError> {
    let error = |source| ManifestError::Template {
        place: place.to_owned(),
        source,
    };
    let template = Template::parse(text).map_err(error)?;
    template
        .render(|name| manifest.variables.contains_key(name).then_some(""))
        .map_err(error)?;
    Ok(template)
}

fn unsupported(place: impl Into<String>, feature: impl Into<String>) -> ManifestError {
    ManifestError::Unsupported {
        place: place.into(),
        feature: feature.into(),
    }
}

fn invalid(place: impl Into<String>, reason: impl Into<String>) -> ManifestError {
    ManifestError::Invalid {
        place: place.into(),
        reason: reason.into(),
    }
}
