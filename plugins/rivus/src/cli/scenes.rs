//! `rivus scenes` and `rivus parts`: what there is to fly and to build robots from.

use bevy_app::App;
use rivus::{DefaultPlugins, SceneFile};
use rivus_robot::PartRegistry;
use rivus_scene::Scene;

use super::{Outcome, out};

/// Prints the built-in scenes with their descriptions.
pub(super) fn list() -> anyhow::Result<Outcome> {
    for name in SceneFile::built_in() {
        let file = SceneFile::find(&format!("{name}.ron"))?;
        let scene = Scene::load(file.path(), &mut |path| file.read_text(path))?;
        out(format_args!("{name:<16} {}", scene.description));
    }
    Ok(Outcome::Pass)
}

/// Prints the parts that the default plugins know, with their fields.
pub(super) fn parts() -> anyhow::Result<Outcome> {
    let mut app = App::empty();
    app.add_plugins(DefaultPlugins);
    let registry = app.world().get_resource::<PartRegistry>();
    for part in registry.map(PartRegistry::describe).unwrap_or_default() {
        out(format_args!("{}: {}", part.name, part.doc));
        for field in part.fields {
            let optional = if field.is_required { "" } else { ", optional" };
            out(format_args!("    {} ({}{optional}): {}", field.name, field.kind, field.doc));
        }
    }
    Ok(Outcome::Pass)
}
