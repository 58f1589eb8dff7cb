//! The robot's nouns as messages.

use alloc::sync::Arc;

use rivus_flight::{RotorCommand, ThrustCommand, WrenchCommand};

use super::{
    AuthorityMessage, Header, JointStateMessage, MessageSchema, PoseStamped, Recorded, Restored,
    RotorSpeedsMessage, SetpointMessage, ThrustMessage, Time, TwistMessage, Vector3Stamped,
    WrenchMessage,
};
use crate::{
    Authority, Command, Estimate, JointPositions, Pose, PoseSample, Proposal, RatesSample, Reading,
    RotorSpeeds, Setpoint, Truth, Twist, VelocitySample, by,
};

impl Recorded for Reading<PoseSample> {
    type Message = PoseStamped;
    const TOPIC: &'static str = "reading/pose";
    const SCHEMA: MessageSchema = PoseStamped::SCHEMA;

    fn message(&self, _now: Time) -> Option<PoseStamped> {
        let PoseSample { position_m, world_from_body } = *self.get()?;
        Some(PoseStamped {
            header: Header::world(Time::from_ns(self.stamp_ns)),
            position: position_m.into(),
            orientation: world_from_body.into(),
        })
    }

    fn sequence(&self) -> u32 {
        sequence(self)
    }
}

impl Restored for Reading<PoseSample> {
    fn restore(&mut self, message: PoseStamped, sequence: u32) {
        let sample = PoseSample {
            position_m: message.position.into(),
            world_from_body: message.orientation.into(),
        };
        put(self, sample, message.header.stamp, sequence);
    }
}

impl Recorded for Reading<VelocitySample> {
    type Message = Vector3Stamped;
    const TOPIC: &'static str = "reading/velocity";
    const SCHEMA: MessageSchema = Vector3Stamped::SCHEMA;

    fn message(&self, _now: Time) -> Option<Vector3Stamped> {
        let header = Header::world(Time::from_ns(self.stamp_ns));
        Some(Vector3Stamped { header, vector: self.get()?.velocity_mps.into() })
    }

    fn sequence(&self) -> u32 {
        sequence(self)
    }
}

impl Restored for Reading<VelocitySample> {
    fn restore(&mut self, message: Vector3Stamped, sequence: u32) {
        let sample = VelocitySample { velocity_mps: message.vector.into() };
        put(self, sample, message.header.stamp, sequence);
    }
}

impl Recorded for Reading<RatesSample> {
    type Message = Vector3Stamped;
    const TOPIC: &'static str = "reading/body_rates";
    const SCHEMA: MessageSchema = Vector3Stamped::SCHEMA;

    fn message(&self, _now: Time) -> Option<Vector3Stamped> {
        let header = Header::body(Time::from_ns(self.stamp_ns));
        Some(Vector3Stamped { header, vector: self.get()?.body_rates_radps.into() })
    }

    fn sequence(&self) -> u32 {
        sequence(self)
    }
}

impl Restored for Reading<RatesSample> {
    fn restore(&mut self, message: Vector3Stamped, sequence: u32) {
        let sample = RatesSample { body_rates_radps: message.vector.into() };
        put(self, sample, message.header.stamp, sequence);
    }
}

/// The lower half of the count; a sensor at 1 kHz needs 50 days to fill it.
const fn sequence<T>(reading: &Reading<T>) -> u32 {
    reading.count as u32
}

fn put<T>(reading: &mut Reading<T>, value: T, stamp: Time, sequence: u32) {
    *reading = Reading { value, stamp_ns: stamp.ns(), count: sequence.into() };
}

impl Recorded for Setpoint {
    type Message = SetpointMessage;
    const TOPIC: &'static str = "setpoint";
    const SCHEMA: MessageSchema = SetpointMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<SetpointMessage> {
        let rivus_flight::Setpoint { position_m, yaw_rad } = self.0;
        Some(SetpointMessage { stamp: now, position_m: position_m.into(), yaw_rad })
    }
}

impl Restored for Setpoint {
    fn restore(&mut self, message: SetpointMessage, _sequence: u32) {
        let SetpointMessage { position_m, yaw_rad, .. } = message;
        self.0 = rivus_flight::Setpoint { position_m: position_m.into(), yaw_rad };
    }
}

impl Recorded for Authority {
    type Message = AuthorityMessage;
    const TOPIC: &'static str = "authority";
    const SCHEMA: MessageSchema = AuthorityMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<AuthorityMessage> {
        let source = match self {
            Self::Policy => 0,
            Self::Backup => 1,
            Self::Operator => 2,
            Self::Failsafe => 3,
        };
        Some(AuthorityMessage { stamp: now, source })
    }
}

impl Restored for Authority {
    fn restore(&mut self, message: AuthorityMessage, _sequence: u32) {
        *self = match message.source {
            0 => Self::Policy,
            1 => Self::Backup,
            2 => Self::Operator,
            // The safest reading of a number that nobody writes.
            _ => Self::Failsafe,
        };
    }
}

impl Recorded for Command<RotorCommand> {
    type Message = RotorSpeedsMessage;
    const TOPIC: &'static str = "command/rotors";
    const SCHEMA: MessageSchema = RotorSpeedsMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<RotorSpeedsMessage> {
        Some(RotorSpeedsMessage { stamp: now, speeds_radps: self.value?.speeds_radps })
    }
}

impl Recorded for RotorSpeeds {
    type Message = RotorSpeedsMessage;
    const TOPIC: &'static str = "truth/rotors";
    const SCHEMA: MessageSchema = RotorSpeedsMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<RotorSpeedsMessage> {
        Some(RotorSpeedsMessage { stamp: now, speeds_radps: self.radps })
    }
}

impl Recorded for JointPositions {
    type Message = JointStateMessage;
    const TOPIC: &'static str = "joint_states";
    const SCHEMA: MessageSchema = JointStateMessage::SCHEMA;
    const BYTES_MAX: usize = JointStateMessage::BYTES_MAX;

    fn message(&self, now: Time) -> Option<JointStateMessage> {
        Some(JointStateMessage::new(now, Arc::clone(self.names()), &self.positions))
    }
}

/// Whose view of the motion a channel holds.
trait Named {
    const POSE: &'static str;
    const TWIST: &'static str;
}

impl Named for Truth {
    const POSE: &'static str = "truth/pose";
    const TWIST: &'static str = "truth/twist";
}

impl Named for Estimate {
    const POSE: &'static str = "estimate/pose";
    const TWIST: &'static str = "estimate/twist";
}

impl<K: Named + Send + Sync + 'static> Recorded for Pose<K> {
    type Message = PoseStamped;
    const TOPIC: &'static str = K::POSE;
    const SCHEMA: MessageSchema = PoseStamped::SCHEMA;

    fn message(&self, now: Time) -> Option<PoseStamped> {
        Some(PoseStamped {
            header: Header::world(now),
            position: self.position_m.into(),
            orientation: self.world_from_body.into(),
        })
    }
}

impl<K: Named + Send + Sync + 'static> Recorded for Twist<K> {
    type Message = TwistMessage;
    const TOPIC: &'static str = K::TWIST;
    const SCHEMA: MessageSchema = TwistMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<TwistMessage> {
        Some(TwistMessage {
            stamp: now,
            velocity_mps: self.velocity_mps.into(),
            body_rates_radps: self.body_rates_radps.into(),
        })
    }
}

/// Who proposes in a channel.
trait Source: Send + Sync + 'static {
    const ROTORS: &'static str;
    const WRENCH: &'static str;
    const THRUST: &'static str;
}

/// The topics of one source of proposals.
macro_rules! source {
    ($source:ty, $name:literal) => {
        impl Source for $source {
            const ROTORS: &'static str = concat!("proposal/", $name, "/rotors");
            const WRENCH: &'static str = concat!("proposal/", $name, "/wrench");
            const THRUST: &'static str = concat!("proposal/", $name, "/thrust");
        }
    };
}

source!(by::Policy, "policy");
source!(by::Backup, "backup");
source!(by::Operator, "operator");
source!(by::Failsafe, "failsafe");

impl<S: Source> Recorded for Proposal<RotorCommand, S> {
    type Message = RotorSpeedsMessage;
    const TOPIC: &'static str = S::ROTORS;
    const SCHEMA: MessageSchema = RotorSpeedsMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<RotorSpeedsMessage> {
        Some(RotorSpeedsMessage { stamp: now, speeds_radps: self.get()?.speeds_radps })
    }
}

impl<S: Source> Recorded for Proposal<WrenchCommand, S> {
    type Message = WrenchMessage;
    const TOPIC: &'static str = S::WRENCH;
    const SCHEMA: MessageSchema = WrenchMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<WrenchMessage> {
        let WrenchCommand { thrust_n, torque_nm } = *self.get()?;
        Some(WrenchMessage { stamp: now, thrust_n, torque_nm: torque_nm.into() })
    }
}

impl<S: Source> Recorded for Proposal<ThrustCommand, S> {
    type Message = ThrustMessage;
    const TOPIC: &'static str = S::THRUST;
    const SCHEMA: MessageSchema = ThrustMessage::SCHEMA;

    fn message(&self, now: Time) -> Option<ThrustMessage> {
        Some(ThrustMessage { stamp: now, thrust_n: self.get()?.newtons })
    }
}
