//! Bodies of links and joints.

use nalgebra::{Isometry3, Point3, Translation3, Unit, UnitQuaternion, Vector3};
use rivus_math::{Finite, Vec3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Located, SceneError, Solid};

/// Joints that move, at most.
pub const JOINTS_MAX: usize = 32;

/// The largest coordinate (m) or angle (degrees) of a link: sums of many stay finite.
const LARGEST: f32 = 1e6;

/// Bytes of a link's name at most.
pub const LINK_NAME_MAX: usize = 31;

/// A body of links and joints, as in a URDF; the README of `rivus_robot` shows one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "KinematicTree")]
pub struct KinematicTreeSpec {
    /// The links, each after the one that carries it.
    pub links: Vec<LinkSpec>,
    /// The name of the link whose origin is to be at the setpoint; the origin of the body frame if
    /// left out.
    #[serde(default)]
    pub tip: Option<String>,
}

/// A link, and the joint between it and the link that carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "Link")]
pub struct LinkSpec {
    /// Its name, and that of its joint; unique in the robot.
    pub name: String,
    /// The name of the link that carries it; the body frame of the robot if left out.
    #[serde(default)]
    pub parent: Option<String>,
    /// Where its joint is, in the axes of the parent, m.
    #[serde(default)]
    pub position_m: (Finite, Finite, Finite),
    /// Roll, pitch and yaw (ZYX) of its axes in those of the parent, degrees.
    #[serde(default)]
    pub rpy_deg: (Finite, Finite, Finite),
    /// How it moves.
    #[serde(default)]
    pub joint: JointSpec,
    /// What it is made of, in its own axes.
    #[serde(default)]
    pub solids: Vec<Solid>,
    /// Its colour: red, green and blue.
    #[serde(default = "light_grey")]
    pub rgb: (u8, u8, u8),
}

/// How a link moves against the link that carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "Joint")]
pub enum JointSpec {
    /// Not at all.
    #[default]
    Fixed,
    /// Turns about an axis of its own, counterclockwise seen against the axis and without limits (what
    /// a URDF calls continuous); positions in rad.
    Revolute {
        /// Of any length above zero.
        axis: (Finite, Finite, Finite),
    },
    /// Slides along an axis of its own; positions in m.
    Prismatic {
        /// Of any length above zero.
        axis: (Finite, Finite, Finite),
    },
}

const fn light_grey() -> (u8, u8, u8) {
    (206, 211, 220)
}

/// Links and joints that were checked. The numbers of links and joints are those of their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KinematicTree {
    links: Vec<Link>,
    tip: Option<usize>,
    reach_m: f32,
}

/// A link of a [`KinematicTree`].
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its name, and that of its joint.
    pub name: String,
    /// The number of the link that carries it; `None` for the body frame.
    pub parent: Option<usize>,
    /// Where its axes are in those of its parent while the joint is at zero, m.
    pub parent_from_link: Isometry3<f32>,
    /// How it moves against its parent; `None` if it does not.
    pub joint: Option<Joint>,
    /// What it is made of, in its own axes.
    pub solids: Vec<Solid>,
    /// Its colour: red, green and blue.
    pub rgb: [u8; 3],
}

/// A joint that moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    /// Its number among the joints that move.
    pub index: usize,
    /// What its position is.
    pub motion: Motion,
    /// The axis, in the axes of the link.
    pub axis: Unit<Vector3<f32>>,
}

/// What the position of a joint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// An angle about its axis, rad.
    Revolute,
    /// A length along its axis, m.
    Prismatic,
}

impl KinematicTree {
    /// Checks what `data` holds, which `spec` is made of.
    ///
    /// # Errors
    /// The first link whose name is not one or is taken, whose parent does not stand before it,
    /// whose place or axis is none, or that is one joint too many; or that there is no tip of this
    /// name. The error is where it stands in `data`.
    pub fn new(spec: &KinematicTreeSpec, data: &Located) -> Result<Self, SceneError> {
        let mut tree = Self::default();
        let written = data.field("links").and_then(|links| links.items().ok()).unwrap_or_default();
        for number in 0..spec.links.len() {
            tree.push(&spec.links, written.get(number).unwrap_or(data))?;
        }
        tree.tip = match &spec.tip {
            None => None,
            Some(name) => Some(tree.find(name).ok_or_else(|| tree.unknown(name, "tip", data))?),
        };
        tree.reach_m = tree.find_reach_m();
        Ok(tree)
    }

    /// Adds the next one of `all` links, which is written in `data`.
    fn push(&mut self, all: &[LinkSpec], data: &Located) -> Result<(), SceneError> {
        let Some(spec) = all.get(self.links.len()) else { return Ok(()) };
        let name = &spec.name;
        let is_name = (1..=LINK_NAME_MAX).contains(&name.len());
        if !is_name || name.chars().any(char::is_control) || name.trim() != name {
            let message =
                format!("expected a name of 1 to {LINK_NAME_MAX} bytes, without blanks around it");
            return Err(error_at(data, "name", message));
        }
        if self.find(name).is_some() {
            return Err(error_at(data, "name", format!("two links are called `{name}`")));
        }
        let parent = match &spec.parent {
            None => None,
            Some(parent) if all.iter().skip(self.links.len()).any(|link| link.name == *parent) => {
                let message = format!("the link `{parent}` must stand before this one");
                return Err(error_at(data, "parent", message));
            }
            Some(parent) => {
                Some(self.find(parent).ok_or_else(|| self.unknown(parent, "parent", data))?)
            }
        };
        let (position_m, rpy_deg) = (vector(spec.position_m), vector(spec.rpy_deg));
        for (field, numbers) in [("position_m", position_m), ("rpy_deg", rpy_deg)] {
            if !numbers.iter().all(|number| number.abs() <= LARGEST) {
                return Err(error_at(data, field, format!("expected numbers within {LARGEST}")));
            }
        }
        let moves = match spec.joint {
            JointSpec::Fixed => None,
            JointSpec::Revolute { axis } => Some((Motion::Revolute, axis)),
            JointSpec::Prismatic { axis } => Some((Motion::Prismatic, axis)),
        };
        let joint = match moves {
            None => None,
            Some(_) if self.joints().count() == JOINTS_MAX => {
                let message = format!("expected {JOINTS_MAX} joints that move at most");
                return Err(error_at(data, "joint", message));
            }
            Some((motion, axis)) => {
                let none = || error_at(data, "joint", "expected an axis with a direction");
                Some(Joint {
                    index: self.joints().count(),
                    motion,
                    axis: unit(axis).ok_or_else(none)?,
                })
            }
        };
        let rpy_rad = rpy_deg.map(f32::to_radians);
        let turn = UnitQuaternion::from_euler_angles(rpy_rad.x, rpy_rad.y, rpy_rad.z);
        let (red, green, blue) = spec.rgb;
        self.links.push(Link {
            name: name.clone(),
            parent,
            parent_from_link: Isometry3::from_parts(position_m.into(), turn),
            joint,
            solids: spec.solids.clone(),
            rgb: [red, green, blue],
        });
        Ok(())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.links.iter().position(|link| link.name == name)
    }

    /// The error that none of these links is called `found`, as the field `field` of `data` says.
    fn unknown(&self, found: &str, field: &str, data: &Located) -> SceneError {
        let place = data.field(field).unwrap_or_else(|| data.clone()).place().clone();
        let known = self.links.iter().map(|link| link.name.clone()).collect();
        SceneError::unknown(place, "link", found, known)
    }

    /// The links, each after the one that carries it.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The joints that move, with the names of their links.
    pub fn joints(&self) -> impl Iterator<Item = (&str, Joint)> {
        self.links.iter().filter_map(|link| Some((link.name.as_str(), link.joint?)))
    }

    /// The number of the link whose origin is to be at the setpoint; `None` if the origin of the body
    /// frame is.
    #[must_use]
    pub const fn tip(&self) -> Option<usize> {
        self.tip
    }

    /// Link `link` and those that carry it, from it to the body, with their numbers; none if there is
    /// no such link.
    fn chain(&self, link: usize) -> impl Iterator<Item = (usize, &Link)> {
        let with_number = |number| Some((number, self.links.get(number)?));
        // Parents stand before, so this ends.
        core::iter::successors(with_number(link), move |(_, link)| with_number(link.parent?))
    }

    /// The tip and the links that carry it, from it to the body, with their numbers; none without one.
    pub fn tip_chain(&self) -> impl Iterator<Item = (usize, &Link)> {
        self.tip.into_iter().flat_map(|tip| self.chain(tip))
    }

    /// Where the axes of link `link` are in the body frame, m, with the joints at `positions` (rad
    /// or m); a joint that none is given for is at zero. The identity if there is no such link.
    #[must_use]
    pub fn body_from_link(&self, link: usize, positions: &[f32]) -> Isometry3<f32> {
        self.chain(link).fold(Isometry3::identity(), |pose, (_, link)| {
            link.parent_from_link * link.moved(positions) * pose
        })
    }

    /// Where the tip is in the body frame, m, with the joints at `positions`; the origin without one.
    #[must_use]
    pub fn tip_m(&self, positions: &[f32]) -> Vector3<f32> {
        let pose = self.tip.map(|tip| self.body_from_link(tip, positions));
        pose.map_or_else(Vector3::zeros, |pose| pose.translation.vector)
    }

    /// How far it reaches from the origin of the body frame with all joints at zero, m: to the
    /// middles of its solids and at most half of their longest side further.
    #[must_use]
    pub const fn reach_m(&self) -> f32 {
        self.reach_m
    }

    fn find_reach_m(&self) -> f32 {
        let mut reach_m = 0.0_f32;
        for (number, link) in self.links.iter().enumerate() {
            let pose = self.body_from_link(number, &[]);
            for solid in &link.solids {
                let middle_m = pose * Point3::from(Vector3::from(solid.center_m()));
                let half_m = 0.5 * solid.longest_side_m() as f32;
                reach_m = reach_m.max(middle_m.coords.norm() + half_m);
            }
        }
        reach_m
    }
}

impl Link {
    /// What its joint does.
    fn moved(&self, positions: &[f32]) -> Isometry3<f32> {
        let Some(Joint { index, motion, axis }) = self.joint else { return Isometry3::identity() };
        let position = positions.get(index).copied().unwrap_or(0.0);
        match motion {
            Motion::Revolute => Isometry3::rotation(axis.into_inner() * position),
            Motion::Prismatic => Translation3::from(axis.into_inner() * position).into(),
        }
    }
}

fn error_at(data: &Located, field: &str, message: impl Into<String>) -> SceneError {
    let place = data.field(field).unwrap_or_else(|| data.clone()).place().clone();
    SceneError::new(place, message)
}

/// The direction of an axis of any length; `None` if it has none.
fn unit((x, y, z): (Finite, Finite, Finite)) -> Option<Unit<Vector3<f32>>> {
    let axis = Vector3::new(x.get(), y.get(), z.get());
    // Neither very long nor very short ones leave the range of doubles when they are squared.
    let axis = Unit::try_new(axis / axis.amax(), 0.5)?;
    Some(Unit::new_normalize(axis.map(|part| part as f32)))
}

fn vector(numbers: (Finite, Finite, Finite)) -> Vector3<f32> {
    Vec3::from(numbers).into()
}

#[cfg(test)]
mod tests {
    use core::f32::consts::FRAC_PI_2;

    use super::*;
    use crate::Located;

    /// A shoulder that turns about z, an elbow that turns about y, a rail along x.
    const ARM: &str = r#"(links: [
        (name: "base", solids: [Cylinder(base_m: (0, 0, 0), radius_m: 0.1, height_m: 0.1)]),
        (name: "upper", parent: Some("base"), position_m: (0, 0, 0.1), joint: Revolute(axis: (0, 0, 2))),
        (name: "fore", parent: Some("upper"), position_m: (0.5, 0, 0), rpy_deg: (0, 0, 90),
            joint: Revolute(axis: (0, -1, 0))),
        (name: "tool", parent: Some("fore"), position_m: (0.4, 0, 0), joint: Prismatic(axis: (1, 0, 0)),
            solids: [Sphere(center_m: (0.1, 0, 0), radius_m: 0.05)]),
    ])"#;

    fn tree(text: &str) -> Result<KinematicTree, SceneError> {
        let data = Located::new("arm.ron", text);
        KinematicTree::new(&data.parse()?, &data)
    }

    fn tool_m(positions: &[f32]) -> Vector3<f32> {
        tree(ARM).unwrap().body_from_link(3, positions).translation.vector
    }

    #[test]
    fn each_joint_moves_what_it_carries() {
        let near = |positions: &[f32], [x, y, z]: [f32; 3]| {
            let (is_m, shall_m) = (tool_m(positions), Vector3::new(x, y, z));
            assert!((is_m - shall_m).norm() < 1e-6, "{positions:?}: {is_m} is not {shall_m}");
        };
        near(&[], [0.5, 0.4, 0.1]);
        near(&[FRAC_PI_2], [-0.4, 0.5, 0.1]);
        // The forearm points along y; turning about its own -y lifts it.
        near(&[0.0, FRAC_PI_2], [0.5, 0.0, 0.5]);
        near(&[0.0, FRAC_PI_2, 0.1], [0.5, 0.0, 0.6]);
        assert_eq!(tree(ARM).unwrap().body_from_link(9, &[1.0]), Isometry3::identity());
    }

    #[test]
    fn joints_are_numbered_and_named() {
        let tree = tree(ARM).unwrap();
        let joints: Vec<_> = tree.joints().map(|(name, joint)| (name, joint.index)).collect();
        assert_eq!(joints, [("upper", 0), ("fore", 1), ("tool", 2)]);
        let middle_m = Vector3::new(0.5, 0.5, 0.1_f32).norm();
        assert!((tree.reach_m() - middle_m - 0.05).abs() < 1e-6);
    }

    #[test]
    fn an_axis_may_have_any_length_but_none() {
        let axis = |axis: &str| {
            let text = format!(r#"(links: [(name: "a", joint: Revolute(axis: {axis}))])"#);
            tree(&text).map(|tree| tree.joints().next().unwrap().1.axis.into_inner())
        };
        for long in ["(0, 0, 1e-300)", "(0, 0, 7)", "(1e-30, 0, 1e300)"] {
            assert_eq!(axis(long).unwrap(), Vector3::z(), "{long}");
        }
        assert!(axis("(0, 0, 0)").is_err());
    }

    #[test]
    fn the_tip_is_where_its_link_is() {
        let with_tip = tree(&ARM.replace("(links", r#"(tip: "tool", links"#)).unwrap();
        assert_eq!(with_tip.tip_m(&[0.3, 0.2]), tool_m(&[0.3, 0.2]));
        let chain: Vec<usize> = with_tip.tip_chain().map(|(number, _)| number).collect();
        assert_eq!(chain, [3, 2, 1, 0]);
        assert_eq!(tree(ARM).unwrap().tip_m(&[0.3]), Vector3::zeros());
    }

    #[test]
    fn what_is_no_tree_is_refused_with_its_place() {
        let wrong = |links: &str| tree(&format!("(links: [{links}])")).unwrap_err().to_string();
        let twice = wrong(r#"(name: "a"), (name: "a")"#);
        assert_eq!(twice, "arm.ron:1:30: two links are called `a`");
        let late = wrong(r#"(name: "a"), (name: "b", parent: Some("c")), (name: "c")"#);
        assert_eq!(late, "arm.ron:1:43: the link `c` must stand before this one");
        let unknown = wrong(r#"(name: "arm"), (name: "b", parent: Some("amr"))"#);
        let expected = "arm.ron:1:45: unknown link `amr`, did you mean `arm`?";
        assert!(unknown.starts_with(expected), "{unknown}");
        let flat = wrong(r#"(name: "a", joint: Revolute(axis: (0, 0, 0)))"#);
        assert_eq!(flat, "arm.ron:1:29: expected an axis with a direction");
        for no_name in ["", " ", "a\\u{0}"] {
            let message = wrong(&format!(r#"(name: "{no_name}")"#));
            assert!(message.contains("expected a name"), "{no_name:?}: {message}");
        }
        let many: String = (0..=JOINTS_MAX)
            .map(|n| format!(r#"(name: "{n}", joint: Prismatic(axis: (1, 0, 0))),"#))
            .collect();
        assert!(wrong(&many).contains("expected 32 joints that move at most"));
        for field in ["position_m", "rpy_deg"] {
            let message = wrong(&format!(r#"(name: "a", {field}: (0, -1e300, 0))"#));
            assert!(message.contains("expected numbers within 1000000"), "{message}");
        }
        let tip = tree(r#"(links: [(name: "a")], tip: Some("b"))"#).unwrap_err().to_string();
        assert!(tip.starts_with("arm.ron:1:29: unknown link"), "{tip}");
    }
}
