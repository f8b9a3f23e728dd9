//! What components import from one another, generated from `wit/`.
//!
//! The types are plain data, so that the libraries that use them are tested natively; the functions work only inside a
//! component that is composed with the one that exports them.

mod generated {
    spin_sdk::wit_bindgen::generate!({
        inline: "
            package medchat:imports;
            world imports {
                import medchat:store/conversations@0.1.0;
                import medchat:policy/triage@0.1.0;
                import medchat:policy/review@0.1.0;
            }
        ",
        path: ["../../wit/policy", "../../wit/store"],
        world: "medchat:imports/imports",
        runtime_path: "::spin_sdk::wit_bindgen::rt",
        generate_all,
        additional_derives: [PartialEq],
    });
}

/// `medchat:store`
pub mod store {
    pub use super::generated::medchat::store::*;
}

/// `medchat:policy`
pub mod policy {
    pub use super::generated::medchat::policy::*;
}
