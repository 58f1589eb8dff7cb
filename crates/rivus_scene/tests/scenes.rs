//! What a scene says is what is loaded, over all the files that it extends.

mod files;

use files::{BASE, load};
use rivus_scene::{Authority, Event, OnCostlyPolicy, OnOverrun};
use rivus_vehicle::WindSpec;

#[test]
fn a_scene_is_what_its_file_says() {
    let scene = load(&[("s/base.ron", BASE)]).unwrap();
    assert_eq!((scene.path.as_str(), scene.description.as_str()), ("s/base.ron", "A test."));
    assert_eq!((scene.seed, scene.duration_s), (7, 8.0));
    assert_eq!((scene.rates.base_hz, scene.rates.policy_hz), (1000, Some(100)));
    assert_eq!(scene.rates.sense_hz, None);
    assert_eq!(scene.budgets.policy_us, Some(3000));
    assert_eq!(scene.budgets.on_overrun, OnOverrun::Count);
    assert_eq!(scene.budgets.on_costly_policy, OnCostlyPolicy::Warn);
    let place = scene.budgets.policy_us_place.unwrap();
    assert_eq!(place.to_string(), "s/base.ron:6:26");
    assert_eq!(scene.world.wind, WindSpec::Calm);
    let robot = &scene.robots["drone"];
    assert_eq!(robot.setpoint.position_m, [0.0, 0.0, 1.5]);
    assert_eq!(robot.setpoint.yaw_rad, core::f64::consts::FRAC_PI_2);
    assert_eq!(robot.start.offset_m.get(), 0.5);
    assert_eq!(robot.authority, Authority::Policy);
    assert_eq!(robot.parts["Policy"].data.text(), r#"(file: "p.safetensors")"#);
    assert_eq!(scene.score.from_s, 4.0);
    assert_eq!((scene.expect.rmse_m, scene.expect.overruns), (Some(0.05), Some(0)));
    assert_eq!(scene.expect.settle_s, None);
}

#[test]
fn a_scene_changes_field_by_field_what_it_extends() {
    let over = r#"(
        extends: "../s/base.ron",
        rates: (policy_hz: 200),
        world: (wind: Constant(velocity_mps: (1, 0, 0))),
        robots: {
            "drone": (authority: Backup, parts: { "Lee": (gain: 4), "Pid": () }),
        },
        events: [(at_s: 3, event: Gust(velocity_mps: (3, 0, 0), duration_s: 2))],
    )"#;
    let scene = load(&[("t/over.ron", over), ("s/base.ron", BASE)]).unwrap();
    assert_eq!(scene.description, "A test.");
    assert_eq!((scene.rates.base_hz, scene.rates.policy_hz), (1000, Some(200)));
    assert!(scene.world.ground);
    assert_ne!(scene.world.wind, WindSpec::Calm);
    let robot = &scene.robots["drone"];
    assert_eq!(robot.authority, Authority::Backup);
    assert_eq!(robot.setpoint.position_m[2], 1.5);
    let parts: Vec<_> =
        robot.parts.iter().map(|(name, part)| (&**name, part.data.text())).collect();
    let policy = r#"(file: "p.safetensors")"#;
    assert_eq!(parts, [("Lee", "(gain: 4)"), ("Pid", "()"), ("Policy", policy)]);
    assert_eq!(robot.parts["Lee"].data.place().to_string(), "t/over.ron:6:58");
    assert_eq!(robot.parts["Policy"].data.resolve("../p"), "p");
    let gust = Event::Gust { velocity_mps: [3.0, 0.0, 0.0], duration_s: 2.0 };
    assert_eq!((scene.events[0].at_s, &scene.events[0].event), (3.0, &gust));
}

#[test]
fn events_are_in_order_of_time_and_replace_those_of_the_base() {
    let events = |list| format!("(extends: \"base.ron\", events: [{list}])");
    let gust = |at_s| format!("(at_s: {at_s}, event: Gust(velocity_mps: (1,0,0), duration_s: 1)),");
    let base = BASE.replace("score:", &format!("events: [{}], score:", gust(1)));
    let to = "(at_s: 2, event: Setpoint(robot: \"drone\", position_m: (1, 2, 3), yaw_deg: 0)),";
    let over = events(format!("{}{to}", gust(5)));
    let scene = load(&[("over.ron", &over), ("base.ron", &base)]).unwrap();
    let times: Vec<f64> = scene.events.iter().map(|event| event.at_s).collect();
    assert_eq!(times, [2.0, 5.0]);
}

#[test]
fn what_may_be_left_out_can_be_taken_back() {
    let over = "(extends: \"base.ron\", rates: (policy_hz: None), expect: (rmse_m: None))";
    let scene = load(&[("over.ron", over), ("base.ron", BASE)]).unwrap();
    assert_eq!(scene.rates.policy_hz, None);
    assert_eq!((scene.expect.rmse_m, scene.expect.overruns), (None, Some(0)));
}
