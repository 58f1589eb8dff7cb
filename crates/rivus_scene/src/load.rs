//! From text to a scene.

use alloc::collections::BTreeMap;
use core::num::NonZeroU32;

use rivus_math::{Finite, NonNegative, Positive};
use serde::Deserialize;

use crate::section::Section;
use crate::tree::{Branch, Node, Shape};
use crate::{
    Authority, Budgets, ControlStage, Event, Expect, Located, Part, Place, Rates, Robot, Scene,
    SceneError, SceneErrors, ScoreSpec, SetpointSpec, Solid, TimedEvent, WorldSpec, join_path,
};

const SCENE: Shape = Shape::Fields(&[
    ("extends", Shape::Whole),
    ("description", Shape::Whole),
    ("seed", Shape::Whole),
    ("duration_s", Shape::Whole),
    ("rates", RATES),
    ("budgets", BUDGETS),
    ("world", WORLD),
    ("robots", Shape::Map(&ROBOT)),
    ("events", Shape::Whole),
    ("score", Shape::Fields(&[("from_s", Shape::Whole)])),
    ("expect", EXPECT),
]);

const RATES: Shape = Shape::Fields(&[
    ("base_hz", Shape::Whole),
    ("sense_hz", Shape::Whole),
    ("estimate_hz", Shape::Whole),
    ("policy_hz", Shape::Whole),
    ("control_hz", Shape::Whole),
    ("actuate_hz", Shape::Whole),
]);

const BUDGETS: Shape = Shape::Fields(&[
    ("sense_us", Shape::Whole),
    ("estimate_us", Shape::Whole),
    ("policy_us", Shape::Whole),
    ("control_us", Shape::Whole),
    ("actuate_us", Shape::Whole),
    ("tick_us", Shape::Whole),
    ("on_overrun", Shape::Whole),
    ("on_costly_policy", Shape::Whole),
]);

const WORLD: Shape = Shape::Fields(&[
    ("gravity_mps2", Shape::Whole),
    ("ground", Shape::Whole),
    ("wind", Shape::Whole),
    ("obstacles", Shape::Whole),
]);

const ROBOT: Shape = Shape::Fields(&[
    ("setpoint", Shape::Fields(&[("position_m", Shape::Whole), ("yaw_deg", Shape::Whole)])),
    ("start", Shape::Whole),
    ("authority", Shape::Whole),
    ("parts", Shape::Map(&Shape::Whole)),
]);

const EXPECT: Shape = Shape::Fields(&[
    ("rmse_m", Shape::Whole),
    ("max_error_m", Shape::Whole),
    ("settle_s", Shape::Whole),
    ("max_tilt_deg", Shape::Whole),
    ("overruns", Shape::Whole),
]);

/// Longest scene: a day.
const DURATION_MAX_S: f64 = 86_400.0;

/// Highest base rate; a tick of the simulator takes several microseconds.
const BASE_HZ_MAX: u32 = 100_000;

impl Scene {
    /// The scene in the file `path` and in the files that it extends.
    ///
    /// `read` gives the text of a file, or the reason why it cannot; paths within a scene are
    /// joined to that of the file they stand in ([`join_path`]). Parts are not looked into.
    ///
    /// # Errors
    /// Everything that is wrong with it. Where the text itself is broken, only the first fault of
    /// a file.
    pub fn load(
        path: &str,
        read: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Self, SceneErrors> {
        let mut errors = Vec::new();
        let asked_at = Place::whole(path);
        let root = read_file(path, &asked_at, &mut Vec::new(), read, &mut errors);
        let scene = match &root {
            Some(Node::Branch(root)) => build(path, root, &mut errors),
            _ => None,
        };
        SceneErrors::unless_any(errors, scene)?
            .ok_or_else(|| SceneError::new(asked_at, "not a scene").into())
    }
}

/// The tree of the file `path`, with what it extends under it; `None` if that cannot be had.
///
/// `asked_at` is where `path` is written; `within` are the files that led here.
fn read_file(
    path: &str,
    asked_at: &Place,
    within: &mut Vec<String>,
    read: &mut dyn FnMut(&str) -> Result<String, String>,
    errors: &mut Vec<SceneError>,
) -> Option<Node> {
    if within.iter().any(|file| file == path) {
        let chain = within.join(" extends ");
        let message = format!("{chain} extends {path}: a scene cannot extend itself");
        errors.push(SceneError::new(asked_at.clone(), message));
        return None;
    }
    let text = read(path).map_err(|reason| {
        let message = format!("cannot read the scene `{path}`: {reason}");
        errors.push(SceneError::new(asked_at.clone(), message));
    });
    let file = Located::new(path, text.ok()?);
    if let Err(error) = file.check_syntax() {
        errors.push(error);
        return None;
    }
    let node = Node::read(file, SCENE, errors);
    let Node::Branch(branch) = &node else { return None };
    let Some(extends) = branch.whole("extends") else { return Some(node) };
    let base = extends.parse::<String>().map_err(|error| errors.push(error)).ok()?;
    within.push(path.to_owned());
    let base = read_file(&join_path(path, &base), extends.place(), within, read, errors);
    within.pop();
    Some(base?.merged(node))
}

/// The scene of a merged tree; `None` if something is missing, which is then in `errors`.
fn build(path: &str, root: &Branch, errors: &mut Vec<SceneError>) -> Option<Scene> {
    let mut scene = Section::new("", root, errors);
    let description = scene.required("description");
    let seed = scene.optional("seed").unwrap_or(0);
    let duration_s = scene.required("duration_s").map(Positive::get);
    if duration_s.is_some_and(|duration_s| duration_s > DURATION_MAX_S)
        && let Some((_, place)) = scene.placed::<Positive>("duration_s")
    {
        scene.error_at(place, format!("expected a duration of at most {DURATION_MAX_S} s"));
    }
    let rates = rates(scene.section("rates"));
    let budgets = budgets(scene.section("budgets"));
    let world = world(scene.section("world"));
    let expect = expect(scene.section("expect"));
    let mut score = scene.section("score");
    let from_s = score.placed::<NonNegative>("from_s");
    if let (Some((from_s, place)), Some(duration_s)) = (from_s, duration_s)
        && from_s.get() >= duration_s
    {
        let message = format!("expected a time before the end at {duration_s} s");
        score.error_at(place, message);
    }
    let score = ScoreSpec { from_s: from_s.map_or(0.0, |(from_s, _)| from_s.get()) };
    let obstacles = world.as_ref().map_or(&[] as &[_], |world| &world.obstacles);
    let robots = robots(root, obstacles, errors);
    let events = root.whole("events").map_or_else(Vec::new, |list| events(list, root, errors));
    Some(Scene {
        path: path.to_owned(),
        description: description?,
        seed,
        duration_s: duration_s?,
        rates: rates?,
        budgets,
        world: world?,
        robots: robots?,
        events,
        score,
        expect,
    })
}

fn rates(mut section: Section<'_>) -> Option<Rates> {
    let base = section.required::<NonZeroU32>("base_hz")?.get();
    if base > BASE_HZ_MAX
        && let Some((_, place)) = section.placed::<NonZeroU32>("base_hz")
    {
        section.error_at(place, format!("expected a base rate of at most {BASE_HZ_MAX} Hz"));
        return None;
    }
    let mut rate = |name: &str| {
        let (hz, place) = section.placed::<NonZeroU32>(name)?;
        if !base.is_multiple_of(hz.get()) {
            section.error_at(place, uneven(name, hz.get(), base));
        }
        Some(hz.get())
    };
    Some(Rates {
        base_hz: base,
        sense_hz: rate("sense_hz"),
        estimate_hz: rate("estimate_hz"),
        policy_hz: rate("policy_hz"),
        control_hz: rate("control_hz"),
        actuate_hz: rate("actuate_hz"),
    })
}

/// Says which rates near `hz` would do.
fn uneven(name: &str, hz: u32, base: u32) -> String {
    let wrong = format!("{name} of {hz} does not divide base_hz of {base}");
    let below = (1..hz.min(base + 1)).rev().find(|hz| base.is_multiple_of(*hz));
    let above = (hz..=base).find(|hz| base.is_multiple_of(*hz));
    match (below, above) {
        (Some(below), Some(above)) => format!("{wrong}; the nearest that do are {below}, {above}"),
        // No rate is above the base, and every rate above 1 has one below that divides.
        (only, None) | (None, only) => format!("{wrong}; at most {}", only.unwrap_or(base)),
    }
}

fn budgets(mut section: Section<'_>) -> Budgets {
    let policy = section.placed::<NonZeroU32>("policy_us");
    let mut us = |name| section.optional::<NonZeroU32>(name).map(NonZeroU32::get);
    Budgets {
        sense_us: us("sense_us"),
        estimate_us: us("estimate_us"),
        policy_us: policy.map(|(us, _)| us.get()),
        control_us: us("control_us"),
        actuate_us: us("actuate_us"),
        tick_us: us("tick_us"),
        on_overrun: section.optional("on_overrun").unwrap_or_default(),
        policy_us_place: policy.map(|(_, place)| place.clone()),
        on_costly_policy: section.optional("on_costly_policy").unwrap_or_default(),
    }
}

fn world(mut section: Section<'_>) -> Option<WorldSpec> {
    let gravity_mps2 = section.required("gravity_mps2").map(NonNegative::get);
    let ground = section.required("ground");
    let wind = section.required("wind");
    let obstacles = section.optional("obstacles").unwrap_or_default();
    Some(WorldSpec { gravity_mps2: gravity_mps2?, ground: ground?, wind: wind?, obstacles })
}

fn expect(mut section: Section<'_>) -> Expect {
    let mut limit = |name| section.optional(name).map(NonNegative::get);
    Expect {
        rmse_m: limit("rmse_m"),
        max_error_m: limit("max_error_m"),
        settle_s: limit("settle_s"),
        max_tilt_deg: limit("max_tilt_deg"),
        overruns: section.optional("overruns"),
    }
}

fn robots(
    root: &Branch,
    obstacles: &[Solid],
    errors: &mut Vec<SceneError>,
) -> Option<BTreeMap<String, Robot>> {
    let robots = root.branch("robots").map_or(&[] as &[_], |robots| &robots.children);
    if robots.is_empty() {
        errors.push(SceneError::new(root.place.clone(), "a scene needs at least one robot"));
    }
    let mut built = Some(BTreeMap::new());
    for child in robots {
        let Node::Branch(branch) = &child.node else { continue };
        let name = child.name.text();
        let robot = robot(Section::new(name, branch, errors), branch, obstacles);
        built = built.zip(robot).map(|(mut robots, robot)| {
            robots.insert(name.to_owned(), robot);
            robots
        });
    }
    built
}

fn robot(mut section: Section<'_>, branch: &Branch, obstacles: &[Solid]) -> Option<Robot> {
    let mut setpoint = section.section("setpoint");
    let position_m = setpoint.required("position_m").map(vector);
    let yaw_rad = setpoint.required("yaw_deg").map(radians);
    let is_there = |obstacle: &Solid| position_m.is_some_and(|at| obstacle.contains(at));
    if let Some(index) = obstacles.iter().position(is_there)
        && let Some((_, place)) = setpoint.placed::<Vector>("position_m")
    {
        let number = index + 1;
        setpoint.error_at(
            place,
            format!("expected a place that is free, but obstacle {number} of the world is there"),
        );
    }
    let start = section.required("start");
    let authority: Authority = section.optional("authority").unwrap_or_default();
    let parts = branch.branch("parts").map_or(&[] as &[_], |parts| &parts.children);
    let parts = parts.iter().filter_map(|child| match &child.node {
        Node::Whole(data) => Some((
            child.name.text().to_owned(),
            Part { name: child.name.clone(), data: data.clone() },
        )),
        Node::Branch(_) => None,
    });
    Some(Robot {
        parts: parts.collect(),
        setpoint: SetpointSpec { position_m: position_m?, yaw_rad: yaw_rad? },
        start: start?,
        authority,
    })
}

/// An event as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEvent {
    at_s: NonNegative,
    event: WrittenKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum WrittenKind {
    Gust { velocity_mps: Vector, duration_s: Positive },
    Setpoint { robot: String, position_m: Vector, yaw_deg: Finite },
    Slow { stage: ControlStage, by_us: Whole, duration_s: Positive },
    DropTicks { count: Whole },
    JumpDt { by_s: Positive },
}

type Vector = (Finite, Finite, Finite);

/// A whole number that is not negative.
#[derive(Deserialize)]
#[serde(try_from = "f64")]
struct Whole(u32);

impl TryFrom<f64> for Whole {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        // The cast saturates and drops the fraction, so only whole numbers in range come back.
        let whole = value as u32;
        if f64::from(whole) == value {
            Ok(Self(whole))
        } else {
            Err(format!("expected a whole number from 0 to {}, found {value}", u32::MAX))
        }
    }
}

fn events(list: &Located, root: &Branch, errors: &mut Vec<SceneError>) -> Vec<TimedEvent> {
    let items = list.items().map_err(|error| errors.push(error)).unwrap_or_default();
    let mut events: Vec<TimedEvent> = items
        .iter()
        .filter_map(|item| event(item, root).map_err(|error| errors.push(error)).ok())
        .collect();
    events.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    events
}

fn event(item: &Located, root: &Branch) -> Result<TimedEvent, SceneError> {
    let written: WrittenEvent = item.parse()?;
    let event = match written.event {
        WrittenKind::Gust { velocity_mps, duration_s } => {
            Event::Gust { velocity_mps: vector(velocity_mps), duration_s: duration_s.get() }
        }
        WrittenKind::Setpoint { robot, position_m, yaw_deg } => {
            let robots = root.branch("robots").map_or(&[] as &[_], |robots| &robots.children);
            if robots.iter().all(|child| child.name.text() != robot) {
                let known = robots.iter().map(|child| child.name.text().to_owned()).collect();
                let place = item.field("event").unwrap_or_else(|| item.clone()).place().clone();
                return Err(SceneError::unknown(place, "robot", &robot, known));
            }
            let setpoint =
                SetpointSpec { position_m: vector(position_m), yaw_rad: radians(yaw_deg) };
            Event::Setpoint { robot, setpoint }
        }
        WrittenKind::Slow { stage, by_us, duration_s } => {
            Event::Slow { stage, by_us: by_us.0, duration_s: duration_s.get() }
        }
        WrittenKind::DropTicks { count } => Event::DropTicks { count: count.0 },
        WrittenKind::JumpDt { by_s } => Event::JumpDt { by_s: by_s.get() },
    };
    Ok(TimedEvent { at_s: written.at_s.get(), event })
}

fn vector((x, y, z): Vector) -> [f64; 3] {
    [x.get(), y.get(), z.get()]
}

fn radians(degrees: Finite) -> f64 {
    degrees.get().to_radians()
}
