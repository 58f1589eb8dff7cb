//! What a wrong scene is told: file, line, column, what was expected, the known names.

#![expect(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

mod files;

use files::{BASE, load};

/// The errors of the base scene with `old` replaced by `new`, one per line.
fn errors(changes: &[(&str, &str)]) -> String {
    let mut text = BASE.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    load(&[("base.ron", &text)]).unwrap_err().to_string()
}

/// The errors of `over`, which extends the base scene.
fn errors_over(over: &str) -> String {
    load(&[("over.ron", over), ("base.ron", BASE)]).unwrap_err().to_string()
}

#[test]
fn an_unknown_field() {
    assert_eq!(
        errors(&[("ground: true", "grund: true, ground: true")]),
        "base.ron:7:33: unknown field `grund`, did you mean `ground`?; \
         expected one of gravity_mps2, ground, wind, obstacles"
    );
    assert_eq!(
        errors(&[("tilt_deg: 30", "tilt_deg: 30, spin: 1")]),
        "base.ron:11:50: unknown field `spin`; expected one of offset_m, tilt_deg"
    );
}

#[test]
fn a_number_out_of_range() {
    assert_eq!(
        errors(&[("offset_m: 0.5", "offset_m: -0.5")]),
        "base.ron:11:31: expected a number of zero or more, found -0.5"
    );
    assert_eq!(
        errors(&[("duration_s: 8", "duration_s: 0")]),
        "base.ron:4:17: expected a number above zero, found 0"
    );
    assert_eq!(
        errors(&[("from_s: 4", "from_s: 9")]),
        "base.ron:18:21: expected a time before the end at 8 s"
    );
}

#[test]
fn a_setpoint_inside_an_obstacle() {
    let among = |obstacle: &str| {
        let far = "Sphere(center_m: (9, 9, 9), radius_m: 1)";
        let world = format!("wind: Calm, obstacles: [{far}, {obstacle}]");
        let text = BASE.replace("wind: Calm", &world).replace("(0, 0, 1.5)", "(3, 2, 1.5)");
        load(&[("base.ron", &text)]).map(drop).map_err(|errors| errors.to_string())
    };
    let refused =
        Err("base.ron:10:36: expected a place that is free, but obstacle 2 of the world \
                       is there"
            .to_owned());
    for (around, beside) in [
        // The setpoint is 1.4 m from the middle along the box, whose half is 1.5 m, or across it.
        (
            "Box(center_m: (2, 1, 1), size_m: (3, 0.2, 2), yaw_deg: 45)",
            "Box(center_m: (2, 1, 1), size_m: (3, 0.2, 2), yaw_deg: -45)",
        ),
        (
            "Sphere(center_m: (3, 2, 1), radius_m: 0.51)",
            "Sphere(center_m: (3, 2, 1), radius_m: 0.49)",
        ),
        (
            "Cylinder(base_m: (3, 2.2, 0), radius_m: 0.3, height_m: 2)",
            "Cylinder(base_m: (3, 2.2, 0), radius_m: 0.3, height_m: 1.4)",
        ),
    ] {
        assert_eq!((among(around), among(beside)), (refused.clone(), Ok(())));
    }
}

#[test]
fn a_value_of_another_kind() {
    assert_eq!(errors(&[("seed: 7", "seed: \"x\"")]), "base.ron:3:11: expected integer");
    assert_eq!(errors(&[("ground: true", "ground: 1")]), "base.ron:7:41: expected boolean");
    assert_eq!(
        errors(&[("(base_hz: 1000, policy_hz: 100)", "[1000]")]),
        "base.ron:5:12: expected opening `(`"
    );
    assert_eq!(
        errors(&[("wind: Calm", "wind: Clam")]),
        "base.ron:7:53: unknown choice `Clam`, did you mean `Calm`?; \
         expected one of Calm, Constant, Dryden"
    );
    assert_eq!(
        errors_over("(extends: \"base.ron\", budgets: (on_costly_policy: Warning))"),
        "over.ron:1:51: unknown choice `Warning`; expected one of Ignore, Warn, Error"
    );
}

#[test]
fn a_rate_that_does_not_divide_the_base_rate() {
    assert_eq!(
        errors(&[("policy_hz: 100", "policy_hz: 300")]),
        "base.ron:5:39: policy_hz of 300 does not divide base_hz of 1000; \
         the nearest that do are 250, 500"
    );
    assert_eq!(
        errors_over("(extends: \"base.ron\", rates: (sense_hz: 4000))"),
        "over.ron:1:41: sense_hz of 4000 does not divide base_hz of 1000; at most 1000"
    );
}

#[test]
fn text_that_is_not_ron() {
    assert_eq!(errors(&[("seed: 7,", "seed: 7")]), "base.ron:4:5: expected comma");
    assert_eq!(errors(&[("seed: 7,", "seed 7,")]), "base.ron:3:10: expected colon");
    assert_eq!(
        errors(&[("(\n    description", "#![enable(implicit_some)]\n(\n    description")]),
        "base.ron:1:1: a scene takes no `#![...]` attributes"
    );
}

#[test]
fn a_required_field_that_is_missing() {
    assert_eq!(errors(&[("    duration_s: 8,\n", "")]), "base.ron:1:1: missing field `duration_s`");
    assert_eq!(
        errors(&[("base_hz: 1000, ", "")]),
        "base.ron:5:12: missing field `base_hz` in `rates`"
    );
    assert_eq!(
        errors(&[(", yaw_deg: 90", "")]),
        "base.ron:10:23: missing field `yaw_deg` in `setpoint`"
    );
    assert_eq!(errors(&[("offset_m: 0.5, ", "")]), "base.ron:11:33: missing field `offset_m`");
}

#[test]
fn a_name_that_is_there_twice() {
    assert_eq!(
        errors(&[("\"Lee\": (),", "\"Lee\": (), \"Lee\": (),")]),
        "base.ron:13:28: `Lee` is there twice"
    );
}

#[test]
fn a_file_that_is_missing() {
    assert_eq!(
        load(&[("here.ron", "(extends: \"../gone.ron\")")]).unwrap_err().to_string(),
        "here.ron:1:11: cannot read the scene `../gone.ron`: no such file"
    );
    let error = rivus_scene::Scene::load("gone.ron", &mut |_| Err("no such file".to_owned()));
    assert_eq!(
        error.unwrap_err().to_string(),
        "gone.ron: cannot read the scene `gone.ron`: no such file"
    );
}

#[test]
fn a_scene_that_extends_itself() {
    let files =
        [("a/one.ron", "(extends: \"two.ron\")"), ("a/two.ron", "(extends: \"../a/one.ron\")")];
    assert_eq!(
        load(&files).unwrap_err().to_string(),
        "a/two.ron:1:11: a/one.ron extends a/two.ron extends a/one.ron: \
         a scene cannot extend itself"
    );
}

#[test]
fn an_event_for_a_robot_that_is_not_there() {
    assert_eq!(
        errors_over(
            "(extends: \"base.ron\", events: [\n  \
             (at_s: 1, event: Setpoint(robot: \"dron\", position_m: (0, 0, 1), yaw_deg: 0)),\n])"
        ),
        "over.ron:2:20: unknown robot `dron`, did you mean `drone`?; expected drone"
    );
}

#[test]
fn several_errors_are_reported_together() {
    let errors = errors(&[
        ("duration_s: 8", "duration_s: -8"),
        ("policy_hz: 100", "policy_hz: 300"),
        ("gravity_mps2", "gravity"),
        ("tilt_deg: 30", "tilt_deg: true"),
        ("overruns: 0", "overruns: -1"),
    ]);
    let places: Vec<&str> = errors.lines().map(|line| &line[..line.find(": ").unwrap()]).collect();
    assert_eq!(
        places,
        [
            "base.ron:4:17",
            "base.ron:5:39",
            "base.ron:7:12",
            "base.ron:7:13",
            "base.ron:11:46",
            "base.ron:19:39",
        ]
    );
}
