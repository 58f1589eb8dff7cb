//! The window on a canvas.

use eframe::egui::Ui;
use eframe::{App, CreationContext, Frame, WebLogger, WebOptions, WebRunner};
use log::LevelFilter;
use rivus::SceneLoader;
use rivus_gui::{Driver, Loader, RivusWindow, Session, WindowOptions};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Element, HtmlCanvasElement};

use crate::state::State;
use crate::wish::Wish;

/// Seconds between two states that the page is told.
const TELL_S: f64 = 0.1;

/// Opens the window on `canvas` and flies what `query` asks for: `?scene=drone_gust&seed=7&speed=2`,
/// where all are optional and the speed may be `max`.
///
/// The text of `state` is the state of the flight from then on, see the README. Flight and window
/// run between two frames of the page; this returns when the first is to come.
///
/// # Errors
/// If the browser cannot draw, or `query` has a seed or speed that is none.
#[wasm_bindgen]
pub async fn open(canvas: HtmlCanvasElement, state: Element, query: String) -> Result<(), JsValue> {
    // A second window on the same page has the logger of the first.
    let _ = WebLogger::init(LevelFilter::Warn);
    let wish = Wish::parse(&query)?;
    let window = move |creation: &CreationContext<'_>| {
        let loader = SceneLoader::default();
        let (scenes, policies) = (loader.scenes(), loader.policies());
        let mut session = Session::new(Driver::inline(loader), wish.wanted, scenes, policies);
        session.set_speed(wish.speed);
        let window = RivusWindow::new(creation, session, WindowOptions::default());
        Ok(Box::new(Page { window, state, told_s: f64::NEG_INFINITY }) as Box<dyn App>)
    };
    WebRunner::new().start(canvas.clone(), WebOptions::default(), Box::new(window)).await?;
    // Keys work without a click.
    canvas.focus()
}

/// The window, and where the page finds its state.
struct Page {
    window: RivusWindow,
    state: Element,
    told_s: f64,
}

impl App for Page {
    fn ui(&mut self, ui: &mut Ui, frame: &mut Frame) {
        self.window.ui(ui, frame);
        let now_s = ui.input(|input| input.time);
        if now_s < self.told_s + TELL_S {
            return;
        }
        self.told_s = now_s;
        if self.window.session().is_paused() {
            // No time passes, but the tick that a key asked for in this frame is to be told.
            self.window.session_mut().poll(0.0);
        }
        // What is never read costs the page nothing.
        if let Ok(text) = serde_json::to_string(&State::of(self.window.session())) {
            self.state.set_text_content(Some(&text));
        }
    }
}
