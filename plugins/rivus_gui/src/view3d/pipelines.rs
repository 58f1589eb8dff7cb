//! How each pass of a picture is drawn.

use wgpu::{VertexAttribute, VertexBufferLayout, VertexStepMode, vertex_attr_array};

use super::drawing::{Frame, Instance, Line, Shadow};
use super::mesh::Vertex;

/// Of the picture: eight bits, sRGB-encoded by the shaders, as egui takes its textures.
pub(super) const COLOR_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Of the depth: floating point, 1 near and 0 far.
pub(super) const DEPTH_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;

/// The passes, for one number of samples per pixel.
pub(super) struct Pipelines {
    pub samples: u32,
    pub sky: wgpu::RenderPipeline,
    pub ground: wgpu::RenderPipeline,
    pub shadows: wgpu::RenderPipeline,
    pub parts: wgpu::RenderPipeline,
    pub lines: wgpu::RenderPipeline,
    pub discs: wgpu::RenderPipeline,
}

/// What does not depend on the number of samples.
pub(super) struct Shaders {
    module: wgpu::ShaderModule,
    layout: wgpu::PipelineLayout,
    /// Of the one uniform, the frame.
    pub bind_group_layout: wgpu::BindGroupLayout,
}

/// What sets one pass apart from the others.
struct Pass<'a> {
    label: &'a str,
    vertex: &'a str,
    fragment: &'a str,
    buffers: &'a [Option<VertexBufferLayout<'a>>],
    blends: bool,
    hides: bool,
    can_be_hidden: bool,
}

const VERTEX: [VertexAttribute; 3] =
    vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Unorm8x4];
const INSTANCE: [VertexAttribute; 5] = vertex_attr_array![
    3 => Float32x4, 4 => Float32x4, 5 => Float32x4, 6 => Unorm8x4, 7 => Unorm8x4
];
const LINE: [VertexAttribute; 4] =
    vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Unorm8x4, 3 => Unorm8x4];
const SHADOW: [VertexAttribute; 4] =
    vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4, 3 => Float32x4];

const fn layout<T>(
    step_mode: VertexStepMode,
    attributes: &[VertexAttribute],
) -> Option<VertexBufferLayout<'_>> {
    Some(VertexBufferLayout { array_stride: size_of::<T>() as u64, step_mode, attributes })
}

impl Shaders {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("rivus scene"),
            source: wgpu::ShaderSource::Wgsl(include_str!("shader.wgsl").into()),
        });
        let entry = wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: core::num::NonZeroU64::new(size_of::<Frame>() as u64),
            },
            count: None,
        };
        let bind_group_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("rivus scene"),
            entries: &[entry],
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("rivus scene"),
            bind_group_layouts: &[Some(&bind_group_layout)],
            immediate_size: 0,
        });
        Self { module, layout, bind_group_layout }
    }

    /// The passes for this many samples per pixel.
    pub(super) fn pipelines(&self, device: &wgpu::Device, samples: u32) -> Pipelines {
        let part_buffers = [
            layout::<Vertex>(VertexStepMode::Vertex, &VERTEX),
            layout::<Instance>(VertexStepMode::Instance, &INSTANCE),
        ];
        let line_buffers = [layout::<Line>(VertexStepMode::Instance, &LINE)];
        let shadow_buffers = [layout::<Shadow>(VertexStepMode::Instance, &SHADOW)];
        let solid = Pass {
            label: "rivus parts",
            vertex: "part_vertex",
            fragment: "part_fragment",
            buffers: &part_buffers,
            blends: false,
            hides: true,
            can_be_hidden: true,
        };
        let veil = Pass { blends: true, hides: false, ..solid };
        let sky = Pass {
            label: "rivus sky",
            vertex: "sky_vertex",
            fragment: "sky_fragment",
            buffers: &[],
            hides: false,
            can_be_hidden: false,
            ..solid
        };
        let ground = Pass {
            label: "rivus ground",
            vertex: "ground_vertex",
            fragment: "ground_fragment",
            buffers: &[],
            ..veil
        };
        let shadows = Pass {
            label: "rivus shadows",
            vertex: "shadow_vertex",
            fragment: "shadow_fragment",
            buffers: &shadow_buffers,
            ..veil
        };
        let lines = Pass {
            label: "rivus lines",
            vertex: "line_vertex",
            fragment: "line_fragment",
            buffers: &line_buffers,
            ..veil
        };
        let discs = Pass { label: "rivus discs", fragment: "disc_fragment", ..veil };
        let build = |pass: &Pass<'_>| self.pipeline(device, samples, pass);
        Pipelines {
            samples,
            sky: build(&sky),
            ground: build(&ground),
            shadows: build(&shadows),
            parts: build(&solid),
            lines: build(&lines),
            discs: build(&discs),
        }
    }

    fn pipeline(
        &self,
        device: &wgpu::Device,
        samples: u32,
        pass: &Pass<'_>,
    ) -> wgpu::RenderPipeline {
        let compare = if pass.can_be_hidden {
            wgpu::CompareFunction::GreaterEqual
        } else {
            wgpu::CompareFunction::Always
        };
        let target = wgpu::ColorTargetState {
            format: COLOR_FORMAT,
            blend: pass.blends.then_some(wgpu::BlendState {
                color: wgpu::BlendState::ALPHA_BLENDING.color,
                // The picture itself stays opaque.
                alpha: wgpu::BlendComponent {
                    src_factor: wgpu::BlendFactor::One,
                    dst_factor: wgpu::BlendFactor::One,
                    operation: wgpu::BlendOperation::Max,
                },
            }),
            write_mask: wgpu::ColorWrites::ALL,
        };
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(pass.label),
            layout: Some(&self.layout),
            vertex: wgpu::VertexState {
                module: &self.module,
                entry_point: Some(pass.vertex),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: pass.buffers,
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: Some(wgpu::DepthStencilState {
                format: DEPTH_FORMAT,
                depth_write_enabled: Some(pass.hides),
                depth_compare: Some(compare),
                stencil: wgpu::StencilState::default(),
                bias: wgpu::DepthBiasState::default(),
            }),
            multisample: wgpu::MultisampleState { count: samples, ..Default::default() },
            fragment: Some(wgpu::FragmentState {
                module: &self.module,
                entry_point: Some(pass.fragment),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(target)],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}
