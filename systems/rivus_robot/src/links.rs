//! Robots of links and joints.

use alloc::sync::Arc;

use bevy_ecs::component::Component;
use bevy_ecs::world::EntityWorldMut;
use rivus_scene::{KinematicTree, KinematicTreeSpec, SceneError};

use crate::PartContext;

/// The links and joints of a robot: the part `KinematicTree`.
#[derive(Component, Clone, Debug)]
pub struct Links(pub Arc<KinematicTree>);

impl Links {
    /// Puts the part `KinematicTree` on a robot, all joints at zero.
    ///
    /// # Errors
    /// If the links are no tree.
    pub(crate) fn install(
        spec: KinematicTreeSpec,
        robot: &mut EntityWorldMut<'_>,
        context: &mut PartContext<'_>,
    ) -> Result<(), SceneError> {
        let tree = KinematicTree::new(&spec, context.data)?;
        robot.insert((JointPositions::at_zero(&tree), Self(Arc::new(tree))));
        Ok(())
    }
}

/// Where the joints of a robot are; what moves them writes it: a simulator, or a driver that measures
/// them.
///
/// It is there to be looked at. A law that controls joints takes them from a
/// [`Reading`](crate::Reading), or a replay of its flight would differ.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct JointPositions {
    /// In the order of the joints that move: rad of one that turns, m of one that slides.
    pub positions: Box<[f32]>,
    /// What the joints are called.
    names: Arc<[String]>,
}

impl JointPositions {
    /// All joints of `tree` at zero.
    #[must_use]
    pub fn at_zero(tree: &KinematicTree) -> Self {
        let names: Arc<[String]> = tree.joints().map(|(name, _)| name.to_owned()).collect();
        Self { positions: names.iter().map(|_| 0.0).collect(), names }
    }

    /// What the joints are called, in the order of their positions.
    #[must_use]
    pub const fn names(&self) -> &Arc<[String]> {
        &self.names
    }
}
