//! Parts: what a scene may put on a robot.

use core::any::{TypeId, type_name};

use bevy_app::App;
use bevy_ecs::component::Component;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::EntityWorldMut;
use rivus_scene::{Located, Scene, SceneError};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::PartDoc;

/// Puts a part's data on a robot.
type Install = Box<
    dyn Fn(&mut PartContext<'_>, &mut EntityWorldMut<'_>) -> Result<(), SceneError> + Send + Sync,
>;

/// The kinds of parts that scenes may name.
#[derive(Resource, Default)]
pub struct PartRegistry {
    kinds: Vec<PartKind>,
    /// Names that two different types want.
    contested: Vec<&'static str>,
}

pub(crate) struct PartKind {
    pub(crate) name: &'static str,
    pub(crate) install: Install,
    type_id: TypeId,
    schema: fn() -> Schema,
}

impl PartRegistry {
    /// The names of all kinds of parts, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.kinds.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names
    }

    /// What each kind of part is and has, by name; the words are the doc comments of its type.
    #[must_use]
    pub fn describe(&self) -> Vec<PartDoc> {
        let mut docs: Vec<_> =
            self.kinds.iter().map(|kind| PartDoc::new(kind.name, &(kind.schema)())).collect();
        docs.sort_by(|a, b| a.name.cmp(&b.name));
        docs
    }

    /// The kinds in the order in which they were registered.
    pub(crate) fn kinds(&self) -> &[PartKind] {
        &self.kinds
    }

    pub(crate) fn contested(&self) -> &[&'static str] {
        &self.contested
    }

    fn add(&mut self, kind: PartKind) {
        match self.kinds.iter().find(|known| known.name == kind.name) {
            // Two plugins may rely on the same part.
            Some(known) if known.type_id == kind.type_id => {}
            Some(_) => self.contested.push(kind.name),
            None => self.kinds.push(kind),
        }
    }
}

/// Where a part is installed: the scene, the robot and the files around it.
pub struct PartContext<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) robot: &'a str,
    pub(crate) seed: u64,
    pub(crate) data: &'a Located,
    pub(crate) read: &'a mut (dyn FnMut(&str) -> Result<Vec<u8>, String> + 'a),
}

impl PartContext<'_> {
    /// The whole scene, for instance its rates.
    #[must_use]
    pub const fn scene(&self) -> &Scene {
        self.scene
    }

    /// The name of the robot.
    #[must_use]
    pub const fn robot(&self) -> &str {
        self.robot
    }

    /// What this run's noise is drawn from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The bytes of the file `path`, which the part names in its field `field`; relative to the
    /// scene file in which the part stands.
    ///
    /// # Errors
    /// If it cannot be read; the error is at the field.
    pub fn read(&mut self, field: &str, path: &str) -> Result<Vec<u8>, SceneError> {
        let resolved = self.data.resolve(path);
        (self.read)(&resolved).map_err(|reason| {
            self.error_at(field, format!("cannot read the file `{resolved}`: {reason}"))
        })
    }

    /// The error that something is wrong with the part.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> SceneError {
        SceneError::new(self.data.place().clone(), message)
    }

    /// The error that something is wrong with the part's field `field`.
    #[must_use]
    pub fn error_at(&self, field: &str, message: impl Into<String>) -> SceneError {
        let place = self.data.field(field).map(|value| value.place().clone());
        SceneError::new(place.unwrap_or_else(|| self.data.place().clone()), message)
    }
}

/// Parts for a Bevy [`App`].
pub trait PartExt {
    /// Lets scenes give a robot the component `T`, under the name of its type.
    ///
    /// The doc comments of the type and of its fields are what `describe` tells of it. What else a
    /// robot with this part needs is the component's own business (`#[require(...)]`).
    fn register_part<T>(&mut self) -> &mut Self
    where
        T: Component + Serialize + DeserializeOwned + JsonSchema;

    /// Lets scenes give a robot the part `name`, whose data is a `T` and which `install` turns
    /// into components.
    ///
    /// Parts are installed in the order in which their kinds were registered, so `install` may
    /// look at what an earlier kind has left on the robot.
    fn register_part_with<T>(
        &mut self,
        name: &'static str,
        install: fn(T, &mut EntityWorldMut<'_>, &mut PartContext<'_>) -> Result<(), SceneError>,
    ) -> &mut Self
    where
        T: DeserializeOwned + JsonSchema + 'static;
}

impl PartExt for App {
    fn register_part<T>(&mut self) -> &mut Self
    where
        T: Component + Serialize + DeserializeOwned + JsonSchema,
    {
        self.register_part_with::<T>(short_name(type_name::<T>()), |part, robot, _| {
            robot.insert(part);
            Ok(())
        })
    }

    fn register_part_with<T>(
        &mut self,
        name: &'static str,
        install: fn(T, &mut EntityWorldMut<'_>, &mut PartContext<'_>) -> Result<(), SceneError>,
    ) -> &mut Self
    where
        T: DeserializeOwned + JsonSchema + 'static,
    {
        let kind = PartKind {
            name,
            install: Box::new(move |context, robot| {
                let part = context.data.parse::<T>()?;
                install(part, robot, context)
            }),
            type_id: TypeId::of::<T>(),
            schema: || schema_for!(T),
        };
        self.world_mut().get_resource_or_init::<PartRegistry>().add(kind);
        self
    }
}

/// The name of a type without its path.
fn short_name(path: &'static str) -> &'static str {
    path.rsplit("::").next().unwrap_or(path)
}
