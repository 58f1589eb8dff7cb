//! What stands in the way.

use rivus_math::{Finite, Positive};
use serde::{Deserialize, Serialize};

/// A body that stands fixed in the world frame; robots collide with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Obstacle {
    /// A box, upright.
    Box {
        /// Its middle, m.
        center_m: (Finite, Finite, Finite),
        /// Its sides before it is turned, m.
        size_m: (Positive, Positive, Positive),
        /// How it is turned about the vertical, counterclockwise from above, degrees.
        #[serde(default)]
        yaw_deg: Finite,
    },
    /// A ball.
    Sphere {
        /// Its middle, m.
        center_m: (Finite, Finite, Finite),
        /// m.
        radius_m: Positive,
    },
    /// A pillar: a vertical cylinder.
    Cylinder {
        /// The middle of its lower end, m.
        base_m: (Finite, Finite, Finite),
        /// m.
        radius_m: Positive,
        /// m.
        height_m: Positive,
    },
}
