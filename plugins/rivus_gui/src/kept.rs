//! What a window keeps from one session to the next, beside the sizes that egui keeps.

use eframe::Storage;

use crate::view3d::CameraMode;

const THEME: &str = "rivus_theme";
const LIGHT: &str = "light";
const CAMERA: &str = "rivus_camera";

/// What the user has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) is_light: bool,
    pub(crate) camera: CameraMode,
}

impl Kept {
    /// What was kept; what was not, or is not known any more, is as in a first session.
    pub(crate) fn read(storage: &dyn Storage) -> Self {
        let camera = storage.get_string(CAMERA);
        let camera =
            CameraMode::ALL.into_iter().find(|mode| camera.as_deref() == Some(mode.name()));
        Self {
            is_light: storage.get_string(THEME).as_deref() == Some(LIGHT),
            camera: camera.unwrap_or_default(),
        }
    }

    pub(crate) fn write(self, storage: &mut dyn Storage) {
        let theme = if self.is_light { LIGHT } else { "dark" };
        storage.set_string(THEME, theme.to_owned());
        storage.set_string(CAMERA, self.camera.name().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;

    #[derive(Default)]
    struct Texts(BTreeMap<String, String>);

    impl Storage for Texts {
        fn get_string(&self, key: &str) -> Option<String> {
            self.0.get(key).cloned()
        }

        fn set_string(&mut self, key: &str, value: String) {
            self.0.insert(key.to_owned(), value);
        }

        fn remove_string(&mut self, key: &str) {
            self.0.remove(key);
        }

        fn flush(&mut self) {}
    }

    #[test]
    fn what_was_chosen_is_there_in_the_next_session() {
        let mut texts = Texts::default();
        assert_eq!(Kept::read(&texts), Kept::default());
        let kept = Kept { is_light: true, camera: CameraMode::Chase };
        kept.write(&mut texts);
        assert_eq!(Kept::read(&texts), kept);
        texts.set_string(CAMERA, "from the moon".to_owned());
        assert_eq!(Kept::read(&texts).camera, CameraMode::Follow);
    }
}
