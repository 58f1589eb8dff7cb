//! Pictures without a window.

use alloc::string::String;
use std::path::Path;

use thiserror::Error;

use super::camera::Camera;
use super::renderer::Renderer;
use super::scene::Scene3d;

/// A picture and who drew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width and height, pixels.
    pub size_px: [u32; 2],
    /// Red, green, blue, opacity (always 255) of each pixel, row by row from the top, sRGB.
    pub rgba: Vec<u8>,
    /// The graphics card or program, and the interface to it.
    pub adapter: String,
}

/// Why there is no picture.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Nothing on this machine can draw.
    #[error(
        "no graphics adapter, neither hardware nor software \
         (on Debian `apt install mesa-vulkan-drivers` gives one that needs no hardware)"
    )]
    NoAdapter(#[source] wgpu::RequestAdapterError),
    /// The adapter does not do what we need.
    #[error("the graphics adapter {adapter} cannot be used")]
    NoDevice {
        /// Which.
        adapter: String,
        /// Why.
        #[source]
        source: wgpu::RequestDeviceError,
    },
    /// The picture was drawn but did not come back.
    #[error("the graphics adapter {adapter} did not return the picture: {reason}")]
    NotRead {
        /// Which.
        adapter: String,
        /// Why.
        reason: String,
    },
    /// The file could not be written.
    #[error("cannot write the picture")]
    NotWritten(#[from] png::EncodingError),
}

/// A graphics card without a window; making one takes longer than a picture.
pub struct Studio {
    device: wgpu::Device,
    queue: wgpu::Queue,
    renderer: Renderer,
    adapter: String,
    is_software: bool,
}

impl Studio {
    /// The adapter of this machine, or what `WGPU_BACKEND` and `WGPU_ADAPTER_NAME` ask for.
    ///
    /// # Errors
    /// If there is none, or it cannot do what we need.
    pub fn new() -> Result<Self, PictureError> {
        pollster::block_on(Self::open())
    }

    async fn open() -> Result<Self, PictureError> {
        let instance =
            wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let options = wgpu::RequestAdapterOptions::default();
        let adapter = instance.request_adapter(&options).await.map_err(PictureError::NoAdapter)?;
        let info = adapter.get_info();
        let name = format!("{} ({:?})", info.name, info.backend);
        // What WebGL has is enough, but pictures may be as large as the adapter can.
        let limits = wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits());
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("rivus picture"),
            required_limits: limits,
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|source| PictureError::NoDevice { adapter: name.clone(), source })?;
        let renderer = Renderer::new(&device, &queue);
        let is_software = info.device_type == wgpu::DeviceType::Cpu;
        Ok(Self { device, queue, renderer, adapter: name, is_software })
    }

    /// The graphics card or program, and the interface to it.
    #[must_use]
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// Whether it is a program and no card.
    #[must_use]
    pub const fn is_software(&self) -> bool {
        self.is_software
    }

    /// Draws a scene; `samples` per pixel is 1 or 4.
    ///
    /// # Errors
    /// If the adapter fails on the way.
    pub fn draw(
        &mut self,
        scene: &Scene3d<'_>,
        camera: &Camera,
        size_px: [u32; 2],
        samples: u32,
    ) -> Result<Picture, PictureError> {
        self.renderer.draw(scene, camera, size_px, samples);
        let rgba = self.read()?;
        let texture = self.renderer.texture();
        let size_px = [texture.width(), texture.height()];
        Ok(Picture { size_px, rgba, adapter: self.adapter.clone() })
    }

    fn read(&self) -> Result<Vec<u8>, PictureError> {
        let texture = self.renderer.texture();
        let row_bytes = 4 * texture.width();
        let padded_bytes = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("rivus picture"),
            size: u64::from(padded_bytes) * u64::from(texture.height()),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(padded_bytes),
                    rows_per_image: None,
                },
            },
            texture.size(),
        );
        self.queue.submit([encoder.finish()]);
        let (sender, receiver) = crossbeam_channel::bounded(1);
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // Nobody waits any more if the poll below failed.
            let _ = sender.try_send(result);
        });
        let lost = |reason: String| PictureError::NotRead { adapter: self.adapter.clone(), reason };
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| lost(error.to_string()))?;
        receiver
            .try_recv()
            .map_err(|error| lost(error.to_string()))?
            .map_err(|error| lost(error.to_string()))?;
        let mapped = buffer.get_mapped_range(..).map_err(|error| lost(error.to_string()))?;
        let rows = mapped.chunks_exact(padded_bytes as usize);
        Ok(rows.flat_map(|row| &row[..row_bytes as usize]).copied().collect())
    }
}

/// Draws one picture without a window; several are quicker with one [`Studio`].
///
/// # Errors
/// If no adapter can draw it.
pub fn render_picture(
    scene: &Scene3d<'_>,
    camera: &Camera,
    size_px: [u32; 2],
    samples: u32,
) -> Result<Picture, PictureError> {
    Studio::new()?.draw(scene, camera, size_px, samples)
}

impl Picture {
    /// The picture as a PNG file.
    ///
    /// # Errors
    /// If its sides and bytes do not fit each other.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.size_px[0], self.size_px[1]);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgba)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// Writes it to a PNG file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_png(&self, path: &Path) -> Result<(), PictureError> {
        let bytes = self.to_png()?;
        std::fs::write(path, bytes)
            .map_err(|error| PictureError::NotWritten(png::EncodingError::IoError(error)))
    }

    /// Red, green and blue of a pixel, counted from the upper left; black outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let [width, height] = self.size_px;
        if x >= width || y >= height {
            return [0; 3];
        }
        let start = 4 * (y as usize * width as usize + x as usize);
        [self.rgba[start], self.rgba[start + 1], self.rgba[start + 2]]
    }
}
