//! The graphics card's side of a scene: it draws into a texture that nobody else sees.

use core::ops::Range;

use bytemuck::Pod;
use wgpu::util::DeviceExt as _;

use super::camera::Camera;
use super::drawing::{Drawing, Frame};
use super::parts::Part;
use super::pipelines::{COLOR_FORMAT, DEPTH_FORMAT, Pipelines, Shaders};
use super::scene::Scene3d;

/// Draws scenes off-screen, each into the same texture.
pub struct Renderer {
    device: wgpu::Device,
    queue: wgpu::Queue,
    shaders: Shaders,
    pipelines: Pipelines,
    frame: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
    /// Where the triangles of each of [`Part::ALL`] are in `indices`.
    ranges: Vec<Range<u32>>,
    instances: GrowingBuffer,
    lines: GrowingBuffer,
    shadows: GrowingBuffer,
    drawing: Drawing,
    target: Target,
    pixels_per_point: f32,
}

/// The textures of one size.
struct Target {
    size_px: [u32; 2],
    samples: u32,
    color: wgpu::Texture,
    view: wgpu::TextureView,
    /// With several samples, what is resolved into `view`.
    sampled: Option<wgpu::TextureView>,
    depth: wgpu::TextureView,
}

impl Renderer {
    /// A renderer with a picture of one pixel; the first draw gives it its size.
    #[must_use]
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let shaders = Shaders::new(device);
        let pipelines = shaders.pipelines(device, 1);
        let frame = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("rivus frame"),
            size: size_of::<Frame>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("rivus frame"),
            layout: &shaders.bind_group_layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: frame.as_entire_binding() }],
        });
        let (vertices, indices, ranges) = part_buffers(device);
        Self {
            device: device.clone(),
            queue: queue.clone(),
            pipelines,
            frame,
            bind_group,
            vertices,
            indices,
            ranges,
            instances: GrowingBuffer::new(device, "rivus parts"),
            lines: GrowingBuffer::new(device, "rivus lines"),
            shadows: GrowingBuffer::new(device, "rivus shadows"),
            drawing: Drawing::default(),
            target: Target::new(device, [1, 1], 1),
            shaders,
            pixels_per_point: 1.0,
        }
    }

    /// The same, with lines that are this many pixels wide per point.
    #[must_use]
    pub const fn with_pixels_per_point(mut self, pixels_per_point: f32) -> Self {
        self.set_pixels_per_point(pixels_per_point);
        self
    }

    /// From now on lines are this many pixels wide per point.
    pub const fn set_pixels_per_point(&mut self, pixels_per_point: f32) {
        self.pixels_per_point = pixels_per_point;
    }

    /// Draws a scene; the texture is a new one only if size (pixels) or samples changed.
    ///
    /// `samples` per pixel is 1 or 4: all that every graphics card has.
    pub fn draw(
        &mut self,
        scene: &Scene3d<'_>,
        camera: &Camera,
        size_px: [u32; 2],
        samples: u32,
    ) -> &wgpu::TextureView {
        let largest = self.device.limits().max_texture_dimension_2d;
        let size_px = size_px.map(|side| side.clamp(1, largest));
        let samples = if samples > 1 { 4 } else { 1 };
        if samples != self.pipelines.samples {
            self.pipelines = self.shaders.pipelines(&self.device, samples);
        }
        if (self.target.size_px, self.target.samples) != (size_px, samples) {
            self.target = Target::new(&self.device, size_px, samples);
        }
        self.drawing.draw(scene, camera, size_px, self.pixels_per_point);
        self.upload();
        let mut encoder = self.device.create_command_encoder(&Default::default());
        self.encode(&mut encoder);
        self.queue.submit([encoder.finish()]);
        &self.target.view
    }

    /// What was drawn last.
    #[must_use]
    pub const fn view(&self) -> &wgpu::TextureView {
        &self.target.view
    }

    /// The texture of [`Self::view`]: `Rgba8Unorm` with sRGB-encoded colours, opaque.
    #[must_use]
    pub const fn texture(&self) -> &wgpu::Texture {
        &self.target.color
    }

    fn upload(&mut self) {
        let (device, queue) = (&self.device, &self.queue);
        queue.write_buffer(&self.frame, 0, bytemuck::bytes_of(&self.drawing.frame));
        let parts: Vec<_> = self.drawing.parts.iter().flatten().copied().collect();
        self.instances.write(device, queue, &parts);
        self.lines.write(device, queue, &self.drawing.lines);
        self.shadows.write(device, queue, &self.drawing.shadows);
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        let target = &self.target;
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("rivus scene"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target.sampled.as_ref().unwrap_or(&target.view),
                depth_slice: None,
                resolve_target: target.sampled.as_ref().map(|_| &target.view),
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: if target.sampled.is_some() {
                        wgpu::StoreOp::Discard
                    } else {
                        wgpu::StoreOp::Store
                    },
                },
            })],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &target.depth,
                depth_ops: Some(wgpu::Operations {
                    load: wgpu::LoadOp::Clear(0.0),
                    store: wgpu::StoreOp::Discard,
                }),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.set_pipeline(&self.pipelines.sky);
        pass.draw(0..3, 0..1);
        pass.set_pipeline(&self.pipelines.ground);
        pass.draw(0..6, 0..1);
        draw_squares(&mut pass, &self.pipelines.shadows, &self.shadows);
        pass.set_pipeline(&self.pipelines.parts);
        self.draw_parts(&mut pass, |part| part != Part::Disc);
        draw_squares(&mut pass, &self.pipelines.lines, &self.lines);
        pass.set_pipeline(&self.pipelines.discs);
        self.draw_parts(&mut pass, |part| part == Part::Disc);
    }

    fn draw_parts(&self, pass: &mut wgpu::RenderPass<'_>, chosen: impl Fn(Part) -> bool) {
        pass.set_vertex_buffer(0, self.vertices.slice(..));
        pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
        let mut offset = 0;
        for (part, instances) in Part::ALL.into_iter().zip(&self.drawing.parts) {
            let size = size_of_val(instances.as_slice()) as u64;
            if chosen(part) && size > 0 {
                // WebGL has no first instance: the buffer starts where the part's instances do.
                pass.set_vertex_buffer(1, self.instances.buffer.slice(offset..offset + size));
                let range = self.ranges[part as usize].clone();
                pass.draw_indexed(range, 0, 0..instances.len() as u32);
            }
            offset += size;
        }
    }
}

fn draw_squares(
    pass: &mut wgpu::RenderPass<'_>,
    pipeline: &wgpu::RenderPipeline,
    squares: &GrowingBuffer,
) {
    if squares.count > 0 {
        pass.set_pipeline(pipeline);
        pass.set_vertex_buffer(0, squares.buffer.slice(..));
        pass.draw(0..6, 0..squares.count);
    }
}

fn part_buffers(device: &wgpu::Device) -> (wgpu::Buffer, wgpu::Buffer, Vec<Range<u32>>) {
    let (mut vertices, mut indices, mut ranges) = (Vec::new(), Vec::new(), Vec::new());
    for part in Part::ALL {
        let mesh = part.mesh();
        let (first_vertex, first_index) = (vertices.len() as u32, indices.len() as u32);
        vertices.extend(mesh.vertices);
        indices.extend(mesh.indices.iter().map(|index| first_vertex + index));
        ranges.push(first_index..indices.len() as u32);
    }
    let buffer = |label, contents: &[u8], usage| {
        device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some(label),
            contents,
            usage,
        })
    };
    let corners =
        buffer("rivus corners", bytemuck::cast_slice(&vertices), wgpu::BufferUsages::VERTEX);
    let triangles =
        buffer("rivus triangles", bytemuck::cast_slice(&indices), wgpu::BufferUsages::INDEX);
    (corners, triangles, ranges)
}

impl Target {
    fn new(device: &wgpu::Device, size_px: [u32; 2], samples: u32) -> Self {
        let texture = |label, format, samples, usage| {
            device.create_texture(&wgpu::TextureDescriptor {
                label: Some(label),
                size: wgpu::Extent3d {
                    width: size_px[0],
                    height: size_px[1],
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: samples,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage,
                view_formats: &[],
            })
        };
        let drawn = wgpu::TextureUsages::RENDER_ATTACHMENT;
        let read = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_SRC;
        let color = texture("rivus picture", COLOR_FORMAT, 1, drawn | read);
        let view = |texture: &wgpu::Texture| texture.create_view(&Default::default());
        Self {
            size_px,
            samples,
            view: view(&color),
            color,
            sampled: (samples > 1)
                .then(|| view(&texture("rivus samples", COLOR_FORMAT, samples, drawn))),
            depth: view(&texture("rivus depth", DEPTH_FORMAT, samples, drawn)),
        }
    }
}

/// A vertex buffer that grows with what is written to it.
struct GrowingBuffer {
    label: &'static str,
    buffer: wgpu::Buffer,
    count: u32,
}

impl GrowingBuffer {
    fn new(device: &wgpu::Device, label: &'static str) -> Self {
        Self { label, buffer: Self::buffer(device, label, 4096), count: 0 }
    }

    fn buffer(device: &wgpu::Device, label: &str, size: u64) -> wgpu::Buffer {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    fn write<T: Pod>(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, values: &[T]) {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        if bytes.len() as u64 > self.buffer.size() {
            let size = (bytes.len() as u64).next_power_of_two();
            self.buffer = Self::buffer(device, self.label, size);
        }
        if !bytes.is_empty() {
            queue.write_buffer(&self.buffer, 0, bytes);
        }
        self.count = values.len() as u32;
    }
}
