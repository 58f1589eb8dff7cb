// The scene in six passes over one target: sky, ground, shadows, solid parts, lines, discs.
// The target is not sRGB but holds sRGB-encoded colours, as egui wants its textures.

struct Look {
    sky_top: vec4<f32>,
    horizon: vec4<f32>,
    ground: vec4<f32>,
    thin: vec4<f32>,
    strong: vec4<f32>,
    axis_x: vec4<f32>,
    axis_y: vec4<f32>,
    shadow: vec4<f32>,
    key_direction: vec4<f32>,
    key: vec4<f32>,
    fill_direction: vec4<f32>,
    fill: vec4<f32>,
    above: vec4<f32>,
    below: vec4<f32>,
};

struct Frame {
    view_projection: mat4x4<f32>,
    eye: vec4<f32>,
    sight_right: vec4<f32>,
    sight_up: vec4<f32>,
    sight_middle: vec4<f32>,
    screen: vec4<f32>,
    look: Look,
};

@group(0) @binding(0) var<uniform> frame: Frame;

fn to_linear(color: vec3<f32>) -> vec3<f32> {
    return pow(color, vec3<f32>(2.2));
}

fn to_srgb(color: vec3<f32>) -> vec3<f32> {
    return pow(clamp(color, vec3<f32>(0.0), vec3<f32>(1.0)), vec3<f32>(1.0 / 2.2));
}

// Half a step of eight bits of noise: wide gradients show no bands.
fn dither(at: vec2<f32>) -> f32 {
    let noise = fract(52.9829189 * fract(dot(at, vec2<f32>(0.06711056, 0.00583715))));
    return (noise - 0.5) / 255.0;
}

fn sky_color(direction: vec3<f32>) -> vec3<f32> {
    let height = clamp(direction.z, 0.0, 1.0);
    let towards_top = pow(smoothstep(0.0, 0.75, height), 0.6);
    return mix(frame.look.horizon.rgb, frame.look.sky_top.rgb, towards_top);
}

// Sky -------------------------------------------------------------------------------------------

struct SkyPoint {
    @builtin(position) position: vec4<f32>,
    @location(0) direction: vec3<f32>,
};

@vertex
fn sky_vertex(@builtin(vertex_index) index: u32) -> SkyPoint {
    // One triangle that covers the picture.
    let x = f32(index & 1u) * 4.0 - 1.0;
    let y = f32(index >> 1u) * 4.0 - 1.0;
    var point: SkyPoint;
    point.position = vec4<f32>(x, y, 0.0, 1.0);
    point.direction = frame.sight_right.xyz * x + frame.sight_up.xyz * y + frame.sight_middle.xyz;
    return point;
}

@fragment
fn sky_fragment(point: SkyPoint) -> @location(0) vec4<f32> {
    let color = sky_color(normalize(point.direction));
    return vec4<f32>(color + dither(point.position.xy), 1.0);
}

// Ground ----------------------------------------------------------------------------------------

struct GroundPoint {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
};

@vertex
fn ground_vertex(@builtin(vertex_index) index: u32) -> GroundPoint {
    let side = corner(index);
    var point: GroundPoint;
    point.at = frame.eye.xy + side * frame.eye.w * 1.05;
    point.position = frame.view_projection * vec4<f32>(point.at, 0.0, 1.0);
    return point;
}

// How much of a pixel lines every `cell` metres cover, `width` pixels wide; none where they would
// be closer together than the eye can tell.
fn grid(at: vec2<f32>, pixel: vec2<f32>, cell: f32, width: f32) -> f32 {
    let distance = abs(fract(at / cell - 0.5) - 0.5) * cell;
    let half = 0.5 * width * pixel;
    let covered = 1.0 - smoothstep(half - 0.5 * pixel, half + 0.5 * pixel, distance);
    let density = pixel / cell;
    let kept = 1.0 - smoothstep(vec2<f32>(0.06), vec2<f32>(0.28), density);
    let lines = covered * kept;
    return max(lines.x, lines.y);
}

@fragment
fn ground_fragment(point: GroundPoint) -> @location(0) vec4<f32> {
    let pixel = max(fwidth(point.at), vec2<f32>(1e-6));
    let scale = frame.screen.z;
    let from_eye = vec3<f32>(point.at, 0.0) - frame.eye.xyz;
    let flat_distance = length(from_eye.xy);
    let fade = 1.0 - smoothstep(0.10, 0.95, flat_distance / frame.eye.w);

    let fine = grid(point.at, pixel, 0.1, 1.0 * scale) * 0.5;
    let metre = grid(point.at, pixel, 1.0, 1.1 * scale);
    let five = grid(point.at, pixel, 5.0, 1.5 * scale);
    let fifty = grid(point.at, pixel, 50.0, 1.5 * scale);
    let thin = frame.look.thin.a * max(fine, metre);
    let strong = frame.look.strong.a * max(five, fifty);
    var line = vec4<f32>(frame.look.thin.rgb, thin);
    line = mix(line, vec4<f32>(frame.look.strong.rgb, strong), step(thin, strong));

    let half = 0.9 * scale * pixel;
    let on_axis = 1.0 - smoothstep(half - 0.5 * pixel, half + 0.5 * pixel, abs(point.at));
    // The half axes that point backwards are there, but weaker.
    let weight = mix(vec2<f32>(0.38), vec2<f32>(1.0), step(vec2<f32>(0.0), point.at));
    let x_axis = vec4<f32>(frame.look.axis_x.rgb, frame.look.axis_x.a * on_axis.y * weight.x);
    let y_axis = vec4<f32>(frame.look.axis_y.rgb, frame.look.axis_y.a * on_axis.x * weight.y);
    line = mix(line, x_axis, step(line.a, x_axis.a) * step(1e-3, x_axis.a));
    line = mix(line, y_axis, step(line.a, y_axis.a) * step(1e-3, y_axis.a));

    let horizon = frame.look.horizon.rgb;
    let ground = mix(horizon, frame.look.ground.rgb, fade);
    let color = mix(ground, line.rgb, line.a * fade) + dither(point.position.xy);
    // From below the ground is only its lines, so that nothing hides behind it.
    let opacity = select(1.0, line.a * fade, frame.eye.z < 0.0);
    return vec4<f32>(color, opacity);
}

// Shadows ---------------------------------------------------------------------------------------

struct ShadowPoint {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) middle: vec4<f32>,
    @location(2) @interpolate(flat) hubs_a: vec4<f32>,
    @location(3) @interpolate(flat) hubs_b: vec4<f32>,
    @location(4) @interpolate(flat) sizes: vec4<f32>,
};

@vertex
fn shadow_vertex(
    @builtin(vertex_index) index: u32,
    @location(0) middle: vec4<f32>,
    @location(1) hubs_a: vec4<f32>,
    @location(2) hubs_b: vec4<f32>,
    @location(3) sizes: vec4<f32>,
) -> ShadowPoint {
    let side = corner(index);
    var point: ShadowPoint;
    point.at = middle.xy + side * middle.z;
    point.position = frame.view_projection * vec4<f32>(point.at, 0.0, 1.0);
    // Just before the ground, in a depth that grows towards the eye.
    point.position.z *= 1.0005;
    point.middle = middle;
    point.hubs_a = hubs_a;
    point.hubs_b = hubs_b;
    point.sizes = sizes;
    return point;
}

fn corner(index: u32) -> vec2<f32> {
    // Corners 0 1 2, 2 1 3 of a square from -1 to 1.
    let x = select(-1.0, 1.0, index == 1u || index == 4u || index == 5u);
    let y = select(-1.0, 1.0, index == 2u || index == 3u || index == 5u);
    return vec2<f32>(x, y);
}

fn beam(at: vec2<f32>, from_: vec2<f32>, to_: vec2<f32>) -> f32 {
    let along = to_ - from_;
    let part = clamp(dot(at - from_, along) / max(dot(along, along), 1e-9), 0.0, 1.0);
    return length(at - from_ - along * part);
}

// How much of the light is kept off, at this distance from the middle of something this wide.
fn shade(distance: f32, half_width: f32, softness: f32) -> f32 {
    let thinness = min(1.0, 1.6 * half_width / softness);
    return thinness * (1.0 - smoothstep(half_width - softness, half_width + softness, distance));
}

@fragment
fn shadow_fragment(point: ShadowPoint) -> @location(0) vec4<f32> {
    let soft = point.sizes.w;
    var solid = shade(length(point.at - point.middle.xy), point.sizes.z, soft);
    var discs = 0.0;
    for (var index = 0; index < 4; index++) {
        let pair = select(point.hubs_b, point.hubs_a, index < 2);
        let hub = select(pair.zw, pair.xy, index % 2 == 0);
        solid = max(solid, shade(beam(point.at, point.middle.xy, hub), point.sizes.x, soft));
        let from_hub = length(point.at - hub);
        solid = max(solid, shade(from_hub, 0.2 * point.sizes.y, soft));
        discs = max(discs, shade(from_hub, point.sizes.y, soft));
    }
    let dark = point.middle.w * max(solid, 0.36 * discs);
    return vec4<f32>(frame.look.shadow.rgb, dark);
}

// Solid parts -----------------------------------------------------------------------------------

struct PartVertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) paint: vec4<f32>,
    @location(3) row_x: vec4<f32>,
    @location(4) row_y: vec4<f32>,
    @location(5) row_z: vec4<f32>,
    @location(6) tint: vec4<f32>,
    @location(7) glow: vec4<f32>,
};

struct PartPoint {
    @builtin(position) position: vec4<f32>,
    @location(0) world: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) paint: vec4<f32>,
    @location(3) tint: vec4<f32>,
    @location(4) glow: f32,
};

@vertex
fn part_vertex(vertex: PartVertex) -> PartPoint {
    let local = vec4<f32>(vertex.position, 1.0);
    var point: PartPoint;
    point.world =
        vec3<f32>(dot(vertex.row_x, local), dot(vertex.row_y, local), dot(vertex.row_z, local));
    let normal = vertex.normal;
    point.normal = vec3<f32>(
        dot(vertex.row_x.xyz, normal),
        dot(vertex.row_y.xyz, normal),
        dot(vertex.row_z.xyz, normal),
    );
    point.position = frame.view_projection * vec4<f32>(point.world, 1.0);
    point.paint = vertex.paint;
    point.tint = vertex.tint;
    point.glow = vertex.glow.x;
    return point;
}

fn glint(normal: vec3<f32>, to_light: vec3<f32>, to_eye: vec3<f32>, shine: f32) -> f32 {
    let between = normalize(to_light + to_eye);
    return shine * pow(max(dot(normal, between), 0.0), mix(8.0, 90.0, shine));
}

@fragment
fn part_fragment(point: PartPoint) -> @location(0) vec4<f32> {
    let look = frame.look;
    let to_eye = normalize(frame.eye.xyz - point.world);
    var normal = normalize(point.normal);
    // Surfaces have two sides.
    normal *= select(-1.0, 1.0, dot(normal, to_eye) >= 0.0);
    let shine = point.paint.a;
    let base = to_linear(mix(point.paint.rgb, point.tint.rgb, point.tint.a));

    let key = max(dot(normal, look.key_direction.xyz), 0.0);
    let fill_direction = normalize(look.fill_direction.xyz);
    let fill = max(dot(normal, fill_direction), 0.0);
    let around = mix(look.below.rgb, look.above.rgb, 0.5 + 0.5 * normal.z);
    var light = base * (look.key.rgb * key * 0.72 + look.fill.rgb * fill + around);
    light += look.key.rgb * 0.55 * glint(normal, look.key_direction.xyz, to_eye, shine);
    light += look.fill.rgb * 0.45 * glint(normal, fill_direction, to_eye, shine);
    // Edges catch the sky.
    let edge = pow(1.0 - max(dot(normal, to_eye), 0.0), 4.0);
    light += to_linear(look.horizon.rgb) * edge * (0.25 + 0.6 * shine);
    light = mix(light, base * 1.15, point.glow);
    return vec4<f32>(to_srgb(light), 1.0);
}

// Discs of fast propellers: red of the paint is the distance from the axis, green how near a blade
// is.

@fragment
fn disc_fragment(point: PartPoint) -> @location(0) vec4<f32> {
    let radius = point.paint.r;
    let body = 0.42 + 0.38 * smoothstep(0.2, 0.95, radius);
    let rim = smoothstep(0.93, 0.965, radius) * (1.0 - smoothstep(0.985, 1.0, radius));
    let blur = 0.72 + 0.5 * pow(point.paint.g, 5.0);
    let opacity = point.tint.a * min(body * blur + 0.55 * rim, 1.0);
    return vec4<f32>(point.tint.rgb, opacity);
}

// Lines -----------------------------------------------------------------------------------------

struct LineVertex {
    @location(0) from_: vec4<f32>,
    @location(1) to_: vec4<f32>,
    @location(2) from_color: vec4<f32>,
    @location(3) to_color: vec4<f32>,
};

struct LinePoint {
    @builtin(position) position: vec4<f32>,
    @location(0) color: vec4<f32>,
    // Distance from the middle and half width, in pixels times the depth: so it stays straight.
    @location(1) across: vec3<f32>,
};

@vertex
fn line_vertex(@builtin(vertex_index) index: u32, line: LineVertex) -> LinePoint {
    var start = frame.view_projection * vec4<f32>(line.from_.xyz, 1.0);
    var end = frame.view_projection * vec4<f32>(line.to_.xyz, 1.0);
    let near = frame.screen.w;
    // What is behind the eye is cut off before it is divided by its depth.
    let cut_start = clamp((near - start.w) / (end.w - start.w), 0.0, 1.0);
    let cut_end = clamp((near - end.w) / (start.w - end.w), 0.0, 1.0);
    let whole_start = start;
    let whole_end = end;
    if (whole_start.w < near) { start = mix(whole_start, whole_end, cut_start); }
    if (whole_end.w < near) { end = mix(whole_end, whole_start, cut_end); }

    let half_screen = 0.5 * frame.screen.xy;
    let along = (end.xy / end.w - start.xy / start.w) * half_screen;
    let direction = along / max(length(along), 1e-6);
    let aside = vec2<f32>(-direction.y, direction.x);
    let side = corner(index);
    let half_width = 0.5 * line.from_.w * frame.screen.z;
    // Half a pixel more on each side for the soft edge.
    let reach = half_width + 0.75;
    let is_end = side.x > 0.0;
    var at = select(start, end, is_end);
    let offset = aside * side.y * reach / half_screen;
    at = vec4<f32>(at.xy + offset * at.w, at.z * 1.0002, at.w);
    var point: LinePoint;
    point.position = at;
    point.color = select(line.from_color, line.to_color, is_end);
    point.across = vec3<f32>(side.y * reach * at.w, half_width, at.w);
    return point;
}

@fragment
fn line_fragment(point: LinePoint) -> @location(0) vec4<f32> {
    let distance = abs(point.across.x / point.across.z);
    let half = point.across.y;
    let covered = 1.0 - smoothstep(half - 0.5, half + 0.75, distance);
    return vec4<f32>(point.color.rgb, point.color.a * covered);
}
