//! The messages of the seam: ROS 2 message types where there is one, so that viewers know them.
//!
//! They are written as CDR, little-endian, as ROS 2 does.

use alloc::borrow::Cow;
use alloc::sync::Arc;

use arrayvec::ArrayVec;
use nalgebra::{UnitQuaternion, Vector3};
use rivus_scene::{JOINTS_MAX, LINK_NAME_MAX};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// A message type in the language of ROS 2 (`ros2msg`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageSchema {
    /// Full name, as `package/msg/Type`.
    pub name: &'static str,
    /// Its fields, one a line.
    pub fields: &'static str,
    /// The message types that the fields name, and theirs.
    pub needs: &'static [Self],
}

impl MessageSchema {
    /// The definition with those of all types that it needs, as a recording holds it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut needed = Vec::new();
        self.collect(&mut needed);
        let mut text = self.fields.to_owned();
        for schema in needed {
            let line = "=".repeat(80);
            text +=
                &format!("{line}\nMSG: {}\n{}", schema.name.replace("/msg/", "/"), schema.fields);
        }
        text
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Self>) {
        for schema in self.needs {
            if !found.iter().any(|known| known.name == schema.name) {
                found.push(schema);
                schema.collect(found);
            }
        }
    }
}

/// `builtin_interfaces/msg/Time`: time of the robot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Time {
    /// Whole seconds.
    pub sec: i32,
    /// Nanoseconds since then.
    pub nanosec: u32,
}

impl Time {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "builtin_interfaces/msg/Time",
        fields: "int32 sec\nuint32 nanosec\n",
        needs: &[],
    };

    /// The time `ns` nanoseconds after the start; what 68 years cannot hold stays at their end.
    #[must_use]
    pub fn from_ns(ns: u64) -> Self {
        let sec = i32::try_from(ns / 1_000_000_000).unwrap_or(i32::MAX);
        // A remainder of less than 10^9.
        Self { sec, nanosec: (ns % 1_000_000_000) as u32 }
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub fn ns(self) -> u64 {
        u64::try_from(self.sec).unwrap_or(0) * 1_000_000_000 + u64::from(self.nanosec)
    }
}

impl Serialize for Time {
    // As derived, but in line: it stands in every message.
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Time", 2)?;
        fields.serialize_field("sec", &self.sec)?;
        fields.serialize_field("nanosec", &self.nanosec)?;
        fields.end()
    }
}

/// `std_msgs/msg/Header`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// When what follows was true.
    pub stamp: Time,
    /// The frame that it is expressed in.
    pub frame_id: Cow<'static, str>,
}

impl Header {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "std_msgs/msg/Header",
        fields: "builtin_interfaces/Time stamp\nstring frame_id\n",
        needs: &[Time::SCHEMA],
    };

    /// In the world frame: east, north, up.
    #[must_use]
    pub const fn world(stamp: Time) -> Self {
        Self { stamp, frame_id: Cow::Borrowed("world") }
    }

    /// In the body frame: forward, left, up.
    #[must_use]
    pub const fn body(stamp: Time) -> Self {
        Self { stamp, frame_id: Cow::Borrowed("body") }
    }
}

/// `geometry_msgs/msg/Vector3`, and `geometry_msgs/msg/Point`, which is the same on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Xyz {
    /// First axis.
    pub x: f64,
    /// Second axis.
    pub y: f64,
    /// Third axis.
    pub z: f64,
}

impl Xyz {
    /// The definition of a direction or a rate.
    pub const VECTOR: MessageSchema = MessageSchema {
        name: "geometry_msgs/msg/Vector3",
        fields: "float64 x\nfloat64 y\nfloat64 z\n",
        needs: &[],
    };
    /// The definition of a place.
    pub const POINT: MessageSchema =
        MessageSchema { name: "geometry_msgs/msg/Point", ..Self::VECTOR };
}

impl From<Vector3<f32>> for Xyz {
    fn from(v: Vector3<f32>) -> Self {
        Self { x: v.x.into(), y: v.y.into(), z: v.z.into() }
    }
}

impl From<Xyz> for Vector3<f32> {
    /// Exact for what came from singles.
    fn from(v: Xyz) -> Self {
        Self::new(v.x as f32, v.y as f32, v.z as f32)
    }
}

/// `geometry_msgs/msg/Quaternion`: `world_from_body`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orientation {
    /// Imaginary part.
    pub x: f64,
    /// Imaginary part.
    pub y: f64,
    /// Imaginary part.
    pub z: f64,
    /// Real part.
    pub w: f64,
}

impl Orientation {
    const SCHEMA: MessageSchema = MessageSchema {
        name: "geometry_msgs/msg/Quaternion",
        fields: "float64 x\nfloat64 y\nfloat64 z\nfloat64 w\n",
        needs: &[],
    };
}

impl From<UnitQuaternion<f32>> for Orientation {
    fn from(q: UnitQuaternion<f32>) -> Self {
        Self { x: q.i.into(), y: q.j.into(), z: q.k.into(), w: q.w.into() }
    }
}

impl From<Orientation> for UnitQuaternion<f32> {
    /// The same numbers, not normalised again; exact for what came from singles.
    fn from(q: Orientation) -> Self {
        let [x, y, z, w] = [q.x, q.y, q.z, q.w].map(|part| part as f32);
        Self::new_unchecked(nalgebra::Quaternion::new(w, x, y, z))
    }
}

/// `geometry_msgs/msg/PoseStamped`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseStamped {
    /// World frame.
    pub header: Header,
    /// m.
    pub position: Xyz,
    /// Attitude.
    pub orientation: Orientation,
}

impl PoseStamped {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "geometry_msgs/msg/PoseStamped",
        fields: "std_msgs/Header header\ngeometry_msgs/Pose pose\n",
        needs: &[
            Header::SCHEMA,
            MessageSchema {
                name: "geometry_msgs/msg/Pose",
                fields: "geometry_msgs/Point position\ngeometry_msgs/Quaternion orientation\n",
                needs: &[Xyz::POINT, Orientation::SCHEMA],
            },
        ],
    };
}

/// `geometry_msgs/msg/Vector3Stamped`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector3Stamped {
    /// The frame of the vector.
    pub header: Header,
    /// The vector.
    pub vector: Xyz,
}

impl Vector3Stamped {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "geometry_msgs/msg/Vector3Stamped",
        fields: "std_msgs/Header header\ngeometry_msgs/Vector3 vector\n",
        needs: &[Header::SCHEMA, Xyz::VECTOR],
    };
}

/// `rivus_msgs/msg/Twist`: linear and angular velocity, each in the frame in which robots use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwistMessage {
    /// When it was so.
    pub stamp: Time,
    /// World frame, m/s.
    pub velocity_mps: Xyz,
    /// Body frame, rad/s.
    pub body_rates_radps: Xyz,
}

impl TwistMessage {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/Twist",
        fields: "builtin_interfaces/Time stamp\n\
                 geometry_msgs/Vector3 velocity_mps\n\
                 geometry_msgs/Vector3 body_rates_radps\n",
        needs: &[Time::SCHEMA, Xyz::VECTOR],
    };
}

/// `rivus_msgs/msg/Setpoint`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetpointMessage {
    /// When it was given.
    pub stamp: Time,
    /// World frame, m.
    pub position_m: Xyz,
    /// Counter-clockwise from east, rad.
    pub yaw_rad: f32,
}

impl SetpointMessage {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/Setpoint",
        fields: "builtin_interfaces/Time stamp\ngeometry_msgs/Point position_m\nfloat32 yaw_rad\n",
        needs: &[Time::SCHEMA, Xyz::POINT],
    };
}

/// `rivus_msgs/msg/Authority`: whose proposal becomes the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityMessage {
    /// When it was so.
    pub stamp: Time,
    /// The policy, the backup, the operator, the failsafe.
    pub source: u8,
}

impl AuthorityMessage {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/Authority",
        fields: "uint8 POLICY=0\nuint8 BACKUP=1\nuint8 OPERATOR=2\nuint8 FAILSAFE=3\n\
                 builtin_interfaces/Time stamp\nuint8 source\n",
        needs: &[Time::SCHEMA],
    };
}

/// `rivus_msgs/msg/RotorSpeeds`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RotorSpeedsMessage {
    /// When it was so.
    pub stamp: Time,
    /// In the order of the vehicle's rotors, rad/s.
    pub speeds_radps: [f32; rivus_vehicle::ROTORS],
}

impl RotorSpeedsMessage {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/RotorSpeeds",
        fields: "builtin_interfaces/Time stamp\nfloat32[4] speeds_radps\n",
        needs: &[Time::SCHEMA],
    };
}

/// `sensor_msgs/msg/JointState` without velocities and efforts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "JointState")]
pub struct JointStateMessage {
    /// Body frame.
    pub header: Header,
    /// What the joints are called.
    pub name: Arc<[String]>,
    /// In the order of the names, rad or m.
    pub position: ArrayVec<f64, JOINTS_MAX>,
}

/// All fields of the message, as they are read.
#[derive(Deserialize)]
#[expect(dead_code, reason = "velocities and efforts are read past")]
struct JointState {
    header: Header,
    name: Vec<String>,
    position: Vec<f64>,
    velocity: Vec<f64>,
    effort: Vec<f64>,
}

impl From<JointState> for JointStateMessage {
    fn from(read: JointState) -> Self {
        let position = read.position.into_iter().take(JOINTS_MAX).collect();
        Self { header: read.header, name: read.name.into(), position }
    }
}

impl Serialize for JointStateMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NONE: &[f64] = &[];
        let mut fields = serializer.serialize_struct("JointState", 5)?;
        fields.serialize_field("header", &self.header)?;
        fields.serialize_field("name", &*self.name)?;
        fields.serialize_field("position", self.position.as_slice())?;
        fields.serialize_field("velocity", NONE)?;
        fields.serialize_field("effort", NONE)?;
        fields.end()
    }
}

impl JointStateMessage {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "sensor_msgs/msg/JointState",
        fields: "std_msgs/Header header\nstring[] name\nfloat64[] position\n\
                 float64[] velocity\nfloat64[] effort\n",
        needs: &[Header::SCHEMA],
    };

    /// Bytes of one at most: what stands before the lists, the names and the positions.
    pub const BYTES_MAX: usize =
        64 + JOINTS_MAX * (4 + (LINK_NAME_MAX + 1).next_multiple_of(4) + 8);

    /// The positions of joints at `stamp`; of more than there may be, the first.
    #[must_use]
    pub fn new(stamp: Time, name: Arc<[String]>, position: &[f32]) -> Self {
        Self {
            header: Header::body(stamp),
            name,
            position: position.iter().copied().map(f64::from).take(JOINTS_MAX).collect(),
        }
    }
}

/// `rivus_msgs/msg/Wrench`: collective thrust, and torque in the body frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrenchMessage {
    /// When it was proposed.
    pub stamp: Time,
    /// Along the body's up axis, N.
    pub thrust_n: f32,
    /// Body frame, N m.
    pub torque_nm: Xyz,
}

impl WrenchMessage {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/Wrench",
        fields: "builtin_interfaces/Time stamp\nfloat32 thrust_n\ngeometry_msgs/Vector3 torque_nm\n",
        needs: &[Time::SCHEMA, Xyz::VECTOR],
    };
}

/// `rivus_msgs/msg/Thrust`: collective thrust.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThrustMessage {
    /// When it was proposed.
    pub stamp: Time,
    /// Along the body's up axis, N.
    pub thrust_n: f32,
}

impl ThrustMessage {
    /// Its definition.
    pub const SCHEMA: MessageSchema = MessageSchema {
        name: "rivus_msgs/msg/Thrust",
        fields: "builtin_interfaces/Time stamp\nfloat32 thrust_n\n",
        needs: &[Time::SCHEMA],
    };
}

#[cfg(test)]
mod tests {
    use super::super::{Frame, decode};
    use super::*;

    #[test]
    fn a_definition_holds_every_type_it_needs_once() {
        let text = PoseStamped::SCHEMA.text();
        for needed in ["std_msgs/Header", "builtin_interfaces/Time", "geometry_msgs/Point"] {
            assert_eq!(text.matches(&format!("MSG: {needed}\n")).count(), 1, "{needed}: {text}");
        }
    }

    #[test]
    fn joints_keep_names_and_positions_in_the_bytes_that_there_are() {
        let names: Arc<[String]> =
            (0..JOINTS_MAX).map(|n| format!("{n:0>LINK_NAME_MAX$}")).collect();
        let positions: Vec<f32> = (0..JOINTS_MAX).map(|n| 0.1 * n as f32).collect();
        let message = JointStateMessage::new(Time::from_ns(7), names, &positions);
        let mut frame = Frame::with_capacity(10 + JointStateMessage::BYTES_MAX);
        assert!(frame.push(0, 0, &message).is_some());
        let read = decode::<JointStateMessage>(frame.messages().next().unwrap().payload);
        assert_eq!(read, Some(message));
    }

    #[test]
    fn time_and_numbers_survive_the_way_there_and_back() {
        assert_eq!(Time::from_ns(3_000_000_007).ns(), 3_000_000_007);
        let v = Vector3::new(0.1_f32, -0.0, f32::MIN_POSITIVE / 2.0);
        let back = Vector3::<f32>::from(Xyz::from(v));
        assert_eq!(v.map(f32::to_bits), back.map(f32::to_bits));
    }
}
