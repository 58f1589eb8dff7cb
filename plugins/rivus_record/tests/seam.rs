//! What crosses the seam of a small app is recorded as the control side saw it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use core::ops::ControlFlow;
use std::fs;
use std::path::PathBuf;

use bevy_app::App;
use bevy_ecs::prelude::*;
use rivus_app::{AppExt, Rate, Stage, Tick, TickPlugin};
use rivus_record::{
    About, Message, RecordError, RecordOptions, Recording, RecordingFile, ReplayRange,
    ReplayReport, record, replay, summarise,
};
use rivus_robot::seam::{JointStateMessage, MessageSchema, Time, decode};
use rivus_robot::{JointPositions, Recorded, Restored, RobotId, RobotName, SeamExt};
use rivus_scene::{KinematicTree, Located};

/// What the robot is asked for: by the outside, and by its own plan.
#[derive(Component, Clone, Copy, Default)]
struct Wish(f32);

/// What it says.
#[derive(Component, Clone, Copy, Default)]
struct Say(f32);

macro_rules! recorded {
    ($component:ty, $topic:literal) => {
        impl Recorded for $component {
            type Message = (Time, f32);
            const TOPIC: &'static str = $topic;
            const SCHEMA: MessageSchema = MessageSchema {
                name: "tests/msg/Number",
                fields: "builtin_interfaces/Time stamp\nfloat32 value\n",
                needs: &[Time::SCHEMA],
            };

            fn message(&self, now: Time) -> Option<(Time, f32)> {
                Some((now, self.0))
            }
        }
    };
}

recorded!(Wish, "wish");
recorded!(Say, "say");

impl Restored for Wish {
    fn restore(&mut self, (_, value): (Time, f32), _sequence: u32) {
        self.0 = value;
    }
}

/// The outside: a new wish every seventh tick.
fn wish(tick: Res<Tick>, mut wishes: Query<&mut Wish>) {
    if tick.index % 7 == 3 {
        wishes.iter_mut().for_each(|mut wish| wish.0 += 1.0);
    }
}

/// The control side, before and after its own plan changes the wish.
fn say(mut robots: Query<(&Wish, &mut Say)>) {
    robots.iter_mut().for_each(|(wish, mut say)| say.0 = say.0 * 0.5 + wish.0);
}

fn plan(tick: Res<Tick>, mut wishes: Query<&mut Wish>) {
    if tick.index % 7 == 5 {
        wishes.iter_mut().for_each(|mut wish| wish.0 *= -0.75);
    }
}

/// A robot with its control side, and the outside if `is_real`.
fn app(is_real: bool) -> App {
    let mut app = App::empty();
    app.add_plugins(TickPlugin)
        .register_input::<Wish>()
        .register_output::<Say>()
        .add_systems(Stage::Policy.at(Rate::STAGE), say)
        .add_systems(Stage::Control.at(Rate::STAGE), plan);
    if is_real {
        app.add_systems(Stage::Sense.at(Rate::STAGE), wish);
    }
    app.world_mut().spawn((RobotId(0), RobotName("r".to_owned()), Wish(1.0), Say(0.0)));
    app
}

/// Where a recording goes; one that is left over is deleted.
fn options(name: &str) -> RecordOptions {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let options = RecordOptions { path, ring_bytes: None, has_policy_state: false };
    let _ = fs::remove_file(&options.path);
    let _ = fs::remove_file(options.previous());
    options
}

fn fly(app: &mut App, options: RecordOptions, ticks: u32) {
    record(app, options, About::default()).unwrap();
    (0..ticks).for_each(|_| app.tick().unwrap());
    let report = app.world_mut().remove_resource::<Recording>().unwrap().finish();
    assert!(report.error.is_none(), "{report:?}");
    assert_eq!((report.ticks, report.lost_ticks), (ticks.into(), 0));
}

fn replay_all(app: &mut App, options: &RecordOptions) -> ReplayReport {
    let file = RecordingFile::open(&options.path).unwrap();
    replay(app, &file, ReplayRange::default()).unwrap()
}

#[test]
fn what_the_control_side_writes_itself_is_not_told_to_it_before_its_time() {
    let options = options("late.mcap");
    fly(&mut app(true), options.clone(), 100);
    let report = replay_all(&mut app(false), &options);
    assert_eq!(report.difference, None);
    assert_eq!((report.commands, report.equal), (100, 100));
}

#[test]
fn another_control_side_is_told_apart() {
    let options = options("other.mcap");
    fly(&mut app(true), options.clone(), 100);
    let mut other = app(false);
    other.add_systems(
        Stage::Actuate.at(Rate::STAGE),
        |tick: Res<'_, Tick>, mut says: Query<'_, '_, &mut Say>| {
            if tick.index == 42 {
                says.iter_mut().for_each(|mut say| say.0 += f32::EPSILON);
            }
        },
    );
    let report = replay_all(&mut other, &options);
    let difference = report.difference.unwrap();
    assert_eq!((difference.tick, report.commands, report.equal), (42, 43, 42));
    assert_eq!((difference.robot.as_str(), difference.component.as_str()), ("r", "say"));
}

#[test]
fn joints_are_said_when_they_move_and_not_when_they_are_written() {
    let links: String = (0..8)
        .map(|n| format!("(name: \"joint {n}\", joint: Revolute(axis: (0, 0, 1))),"))
        .collect();
    let data = Located::new("seam.rs", format!("(links: [{links}])"));
    let tree = KinematicTree::new(&data.parse().unwrap(), &data).unwrap();
    let mut app = App::empty();
    app.add_plugins(TickPlugin).register_view::<JointPositions>().add_systems(
        Stage::Actuate.at(Rate::STAGE),
        |tick: Res<'_, Tick>, mut joints: Query<'_, '_, &mut JointPositions>| {
            let angle_rad = if tick.index < 42 { 0.0 } else { 0.5 };
            joints.iter_mut().for_each(|mut joints| joints.positions[7] = angle_rad);
        },
    );
    let joints = JointPositions::at_zero(&tree);
    app.world_mut().spawn((RobotId(0), RobotName("r".to_owned()), joints));
    let options = options("joints.mcap");
    fly(&mut app, options.clone(), 100);
    let mut said = Vec::new();
    let take = |message: Message<'_>| {
        if message.channel.topic == "/r/joint_states" {
            said.push(decode::<JointStateMessage>(message.payload).unwrap().position[7]);
        }
        ControlFlow::Continue(())
    };
    RecordingFile::open(&options.path).unwrap().messages(take).unwrap();
    assert_eq!(said, [0.0, 0.5]);
}

#[test]
fn a_new_file_of_a_ring_says_again_what_does_not_change() {
    let mut options = options("ring.mcap");
    options.ring_bytes = Some(4 << 20);
    let mut app = App::empty();
    app.add_plugins(TickPlugin)
        .register_input::<Wish>()
        .register_output::<Say>()
        .add_systems(Stage::Policy.at(Rate::STAGE), say);
    app.world_mut().spawn((RobotId(0), RobotName("r".to_owned()), Wish(1.0), Say(0.0)));
    fly(&mut app, options.clone(), 50_000);
    let file = RecordingFile::open(&options.path).unwrap();
    assert!(options.previous().exists());
    let summary = summarise(&file).unwrap();
    assert!(summary.ticks < 50_000);
    let wishes = summary.channels.iter().find(|channel| channel.topic == "/r/wish").unwrap();
    assert_eq!(wishes.messages, 1);
}

#[test]
fn a_recording_that_cannot_be_right_is_refused_and_leaves_no_file() {
    let try_to = |name: &str, change: fn(&mut App)| {
        let options = options(name);
        let mut app = app(true);
        change(&mut app);
        let refused = record(&mut app, options.clone(), About::default());
        drop(app);
        assert!(!options.path.exists(), "{name}");
        refused
    };
    let refused = try_to("built.mcap", |app| app.build_ticks().unwrap());
    assert!(matches!(refused, Err(RecordError::Built)));
    let refused = try_to("contested.mcap", |app| {
        app.register_view::<Wish>();
    });
    assert!(matches!(refused, Err(RecordError::Contested { topic: "wish" })));
    let refused = try_to("ids.mcap", |app| {
        app.world_mut().spawn((RobotId(2), RobotName("far".to_owned())));
    });
    assert!(matches!(refused, Err(RecordError::Ids { place: 1, id: 2 })));
    // Nothing was wrong, and nothing flew.
    assert!(try_to("never.mcap", |_| ()).is_ok());
}
