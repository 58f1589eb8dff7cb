//! What the address of the page asks for.

use rivus::DEFAULT_SCENE;
use rivus_gui::{Speed, Wanted};
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

/// A flight and how fast its time passes.
pub(crate) struct Wish {
    pub(crate) wanted: Wanted,
    pub(crate) speed: Speed,
}

impl Wish {
    /// Reads the part of an address behind `?`. Whether there is such a scene shows when it is flown.
    pub(crate) fn parse(query: &str) -> Result<Self, JsValue> {
        let query = UrlSearchParams::new_with_str(query)?;
        let seed = query.get("seed").map(|seed| {
            seed.parse().map_err(|_not_a_number| refusal("seed", &seed, "a whole number"))
        });
        let speed = query.get("speed").map_or(Ok(Speed::REAL_TIME), |speed| speed_of(&speed));
        let wanted = Wanted {
            scene: query.get("scene").unwrap_or_else(|| DEFAULT_SCENE.to_owned()),
            seed: seed.transpose()?,
            ..Wanted::default()
        };
        Ok(Self { wanted, speed: speed? })
    }
}

fn speed_of(text: &str) -> Result<Speed, JsValue> {
    if text == "max" {
        return Ok(Speed::Unlimited);
    }
    let times = text.parse().ok().filter(|times| (0.1..=10.0).contains(times));
    times.map(Speed::Times).ok_or_else(|| refusal("speed", text, "0.1 to 10 or `max`"))
}

fn refusal(name: &str, value: &str, possible: &str) -> JsValue {
    JsValue::from_str(&format!("`{name}={value}` in the address: it can be {possible}"))
}
