//! A recording as the window shows it.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::ops::ControlFlow;
use std::path::Path;

use bevy_app::App;
use rivus_app::{AppExt, TickConfig, Timing, Timings};
use rivus_control::{Fallback, Pilot};
use rivus_flight::RotorCommand;
use rivus_gui::{
    History, RecordedFlight, RobotInfo, RobotState, SNAPSHOT_HZ, SceneInfo, Snapshot, Wanted,
};
use rivus_record::{Ending, LogSummary, Message, RecordingFile, TickMessage, summarise};
use rivus_robot::seam::{decode, unstamped};
use rivus_robot::{
    Authority, Command, JointPositions, Pose, Recorded, Restored, RotorSpeeds, Setpoint, Truth,
    Twist,
};
use rivus_scene::KinematicTree;
use rivus_sim::{MotorHealth, Wind};

use crate::recording::load_recorded;
use crate::{DefaultPlugins, RivusError};

/// Reads the recording at `path` of a flight with the default plugins and what `add` adds.
pub(crate) fn read(path: &Path, add: fn(&mut App)) -> Result<RecordedFlight, RivusError> {
    let recording = RecordingFile::open(path)?;
    let mut app = App::empty();
    app.add_plugins(DefaultPlugins);
    add(&mut app);
    load_recorded(&mut app, &recording).map_err(|error| {
        let path = path.display();
        RivusError::Options(format!("{path}: what flew cannot be loaded again: {error}"))
    })?;
    app.build_ticks()?;
    let wanted = Wanted { scene: path.display().to_string(), ..Wanted::default() };
    let info = SceneInfo::of(app.world_mut(), &wanted);
    let base_hz = app.world().resource::<TickConfig>().base_hz;
    let mut reader = Reader::new(&info, base_hz);
    recording.messages(|message| {
        reader.take(&message);
        ControlFlow::Continue(())
    })?;
    reader.end_tick();
    let mut timings = app.world().resource::<Timings>().clone();
    let summary = summarise(&recording)?;
    fill(&mut timings, &summary);
    let history = History::of(reader.snapshots);
    Ok(RecordedFlight { info, history, timings, warning: warning(&summary) })
}

/// What is missing in the recording.
fn warning(summary: &LogSummary) -> Option<String> {
    let end_s = summary.last_ns as f64 / 1e9;
    let is_cut = summary.ending != Ending::Whole;
    let cut = is_cut.then(|| format!("it was cut off after {end_s:.3} s"));
    let lost = (summary.lost_ticks > 0).then(|| format!("{} ticks were lost", summary.lost_ticks));
    let all: Vec<String> = cut.into_iter().chain(lost).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Puts the times that were recorded into the rows of the same ticks.
fn fill(timings: &mut Timings, summary: &LogSummary) {
    let overruns = |stage: &str| -> u64 {
        let of_stage = summary.overruns.iter().filter(|((of, _), _)| of == stage);
        of_stage.map(|(_, count)| count).sum()
    };
    timings.skipped_ticks = summary.missed_ticks;
    timings.tick.overruns = overruns("tick");
    for row in &mut timings.stages {
        row.timing.overruns = overruns(row.stage.name());
    }
    let rows = [&mut timings.tick, &mut timings.observers]
        .into_iter()
        .chain(timings.stages.iter_mut().map(|row| &mut row.timing))
        .chain(timings.systems.iter_mut().map(|row| &mut row.timing));
    // The order of the fields is that of the rows, unless other systems ran then.
    let rows: Vec<&mut Timing> = rows.collect();
    if rows.len() != summary.latencies.len() {
        return;
    }
    for (timing, (_, histogram)) in rows.into_iter().zip(&summary.latencies) {
        timing.histogram = histogram.clone();
    }
    let stages = timings.stages.iter_mut().map(|row| &mut row.timing);
    for timing in stages.chain([&mut timings.tick]) {
        // A run over the limit that was no overrun did not have the processor.
        timing.preempted = over_limit(timing).saturating_sub(timing.overruns);
    }
}

/// Runs that took longer than the budget; 0 without one.
fn over_limit(timing: &Timing) -> u64 {
    let Some(budget) = timing.budget else { return 0 };
    let over = timing.histogram.buckets().filter(|bucket| bucket.lower_ns > budget.limit_ns());
    over.map(|bucket| u64::from(bucket.count)).sum()
}

/// What a channel tells of a robot.
#[derive(Clone, Copy, Debug)]
enum Told {
    Pose,
    Twist,
    Rotors,
    Command,
    Setpoint,
    Wind,
    Motors,
    Joints,
    Authority,
    Pilot,
    Observation,
    Action,
    State,
}

/// The ends of the topics of what is told.
const TOLD: [(&str, Told); 13] = [
    (Pose::<Truth>::TOPIC, Told::Pose),
    (Twist::<Truth>::TOPIC, Told::Twist),
    (RotorSpeeds::TOPIC, Told::Rotors),
    (Command::<RotorCommand>::TOPIC, Told::Command),
    (Setpoint::TOPIC, Told::Setpoint),
    (Wind::TOPIC, Told::Wind),
    (MotorHealth::TOPIC, Told::Motors),
    (JointPositions::TOPIC, Told::Joints),
    (Authority::TOPIC, Told::Authority),
    (Fallback::TOPIC, Told::Pilot),
    ("policy/observation", Told::Observation),
    ("policy/action", Told::Action),
    ("policy/state", Told::State),
];

/// Who flies a robot, as far as it was told.
#[derive(Clone, Copy, Debug, Default)]
struct Say {
    authority: Authority,
    pilot: Option<Pilot>,
}

/// Puts messages together to snapshots, as [`SNAPSHOT_HZ`] asks for.
struct Reader {
    /// What the channels of robots tell, by topic.
    told: BTreeMap<String, (usize, Told)>,
    /// The links of the robots.
    trees: Vec<Option<Arc<KinematicTree>>>,
    period_ns: u64,
    every_ticks: u64,
    /// The tick that is being read.
    tick: Option<TickMessage>,
    says: Vec<Say>,
    now: Snapshot,
    snapshots: Vec<Snapshot>,
}

impl Reader {
    fn new(info: &SceneInfo, base_hz: u32) -> Self {
        let topics = info.robots.iter().enumerate().flat_map(|(robot, RobotInfo { name, .. })| {
            TOLD.map(|(end, told)| (format!("/{name}/{end}"), (robot, told)))
        });
        let robots = info.robots.len();
        let state = RobotState { motor_health: [1.0; 4], ..RobotState::default() };
        Self {
            told: topics.collect(),
            trees: info.robots.iter().map(|robot| robot.tree.clone()).collect(),
            period_ns: 1_000_000_000 / u64::from(base_hz),
            every_ticks: u64::from((base_hz / SNAPSHOT_HZ).max(1)),
            tick: None,
            says: vec![Say::default(); robots],
            now: Snapshot { robots: vec![state; robots], ..Snapshot::default() },
            snapshots: Vec::new(),
        }
    }

    fn take(&mut self, message: &Message<'_>) {
        match message.channel.topic.as_str() {
            // The first message of every tick.
            "/tick" => {
                self.end_tick();
                self.begin_tick(message.payload);
            }
            "/overruns" => self.now.overruns += 1,
            "/faults" => self.now.faults += 1,
            topic => {
                if let Some((robot, told)) = self.told.get(topic).copied() {
                    // What cannot be read is left as it was.
                    let _ = self.hear(robot, told, message.payload);
                }
            }
        }
    }

    fn begin_tick(&mut self, payload: &[u8]) {
        let Some(tick) = decode::<TickMessage>(payload) else { return };
        let passed = self.tick.map_or(0, |before| {
            let lost = tick.ticks.saturating_sub(before.ticks);
            tick.index.saturating_sub(before.index).saturating_sub(lost)
        });
        self.now.skipped_ticks += passed + u64::from(tick.is_dropped);
        self.tick = Some(tick);
    }

    /// Takes a snapshot of the tick that was read, if one is due.
    fn end_tick(&mut self) {
        let Some(tick) = self.tick.filter(|tick| (tick.index + 1) % self.every_ticks == 0) else {
            return;
        };
        self.now.time_ns = tick.stamp.ns() + self.period_ns;
        for (state, tree) in self.now.robots.iter_mut().zip(&self.trees) {
            state.place_tip(tree.as_deref());
        }
        self.snapshots.push(self.now.clone());
    }

    fn hear(&mut self, robot: usize, told: Told, payload: &[u8]) -> Option<()> {
        let state = self.now.robots.get_mut(robot)?;
        let say = self.says.get_mut(robot)?;
        match told {
            Told::Pose => {
                let pose = decode::<<Pose<Truth> as Recorded>::Message>(payload)?;
                state.position_m = pose.position.into();
                state.world_from_body = pose.orientation.into();
            }
            Told::Twist => {
                let twist = decode::<<Twist<Truth> as Recorded>::Message>(payload)?;
                state.velocity_mps = twist.velocity_mps.into();
                state.body_rates_radps = twist.body_rates_radps.into();
            }
            Told::Rotors => {
                let rotors = decode::<<RotorSpeeds as Recorded>::Message>(payload)?;
                state.rotors_radps = rotors.speeds_radps;
            }
            Told::Command => {
                let command = decode::<<Command<RotorCommand> as Recorded>::Message>(payload)?;
                state.command_radps = command.speeds_radps;
            }
            Told::Setpoint => {
                let setpoint = decode::<<Setpoint as Recorded>::Message>(payload)?;
                state.target_m = setpoint.position_m.into();
            }
            Told::Wind => {
                let wind = decode::<<Wind as Recorded>::Message>(payload)?;
                state.wind_mps = wind.vector.into();
            }
            Told::Motors => {
                let (_, thrust) = decode::<<MotorHealth as Recorded>::Message>(payload)?;
                state.motor_health = thrust;
            }
            Told::Joints => {
                let joints = decode::<<JointPositions as Recorded>::Message>(payload)?;
                // Exact: they were singles.
                state.joints = joints.position.into_iter().map(|value| value as f32).collect();
            }
            Told::Authority => {
                say.authority.restore(decode(payload)?, 0);
            }
            Told::Pilot => {
                let (_, pilot) = decode::<<Fallback as Recorded>::Message>(payload)?;
                say.pilot = Pilot::from_message(pilot);
            }
            Told::Observation => read_numbers(payload, &mut state.observation)?,
            Told::Action => read_numbers(payload, &mut state.action)?,
            Told::State => read_numbers(payload, &mut state.state)?,
        }
        state.pilot = rivus_gui::Pilot::of(say.authority, say.pilot);
        Some(())
    }
}

/// The numbers of a message that has nothing else behind its stamp.
fn read_numbers(payload: &[u8], numbers: &mut Vec<f32>) -> Option<()> {
    let (chunks, _) = unstamped(payload)?.as_chunks();
    numbers.clear();
    numbers.extend(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)));
    Some(())
}
