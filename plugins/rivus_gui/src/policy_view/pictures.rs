use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use super::tests::Fixture;
const LTC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_ltc.safetensors");
const CFC: &[u8] = include_bytes!("../../../../assets/policies/drone_hover_cfc.safetensors");
#[test]
fn pictures() {
    let bg = |ui: &mut egui::Ui| { let p = crate::Palette::of(ui.visuals()); ui.painter().rect_filled(ui.max_rect().expand(20.0), 0.0, p.canvas); };
    for (name, bytes) in [("ltc", LTC), ("cfc", CFC)] {
        for (theme, t) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
            for size in [[520.0, 320.0], [900.0, 500.0]] {
                for hover in [false, true] {
                    let mut h = Harness::builder().with_size(size).with_theme(theme).with_step_dt(1.0/60.0).with_pixels_per_point(if size[0] < 600.0 {1.5} else {1.0}).wgpu()
                        .build_ui_state(move |ui, f: &mut Fixture| { bg(ui); f.ui(ui) }, Fixture::new(bytes));
                    h.run();
                    if hover {
                        h.get_by_label("neuron command 4").click();
                        h.run_steps(3);
                        h.get_by_label("neuron inter 5").hover();
                        h.run_steps(3);
                    }
                    let img = h.render().unwrap();
                    img.save(format!("/tmp/p_pics/{name}_{t}_{}{}.png", size[0], if hover {"_hover"} else {""})).unwrap();
                }
            }
        }
    }
}
