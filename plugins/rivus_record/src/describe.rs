//! Reading messages of any type by their definition.

use alloc::collections::BTreeMap;
use core::fmt;

/// What may stand for the type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FieldType {
    Primitive(Primitive),
    Message(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Primitive {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
    Text,
}

/// How many values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    One,
    Fixed(usize),
    Counted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    kind: FieldType,
    count: Count,
}

/// One number or text of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A truth.
    Bool(bool),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// A whole number.
    Signed(i64),
    /// A number in single precision.
    Single(f32),
    /// A number in double precision.
    Double(f64),
    /// A text.
    Text(String),
}

impl fmt::Display for Value {
    /// Numbers as short as they can be without losing a bit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(x) => x.fmt(f),
            Self::Unsigned(x) => x.fmt(f),
            Self::Signed(x) => x.fmt(f),
            Self::Single(x) => x.fmt(f),
            Self::Double(x) => x.fmt(f),
            Self::Text(x) => x.fmt(f),
        }
    }
}

/// A type of message and all types it needs, from a `ros2msg` definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    fields: Vec<Field>,
    types: BTreeMap<String, Vec<Field>>,
}

impl Layout {
    /// Reads a definition; `None` if it uses what messages of Rivus do not: bounded sequences and
    /// texts, wide texts, defaults, types and fields that take no room.
    #[must_use]
    pub fn parse(definition: &str) -> Option<Self> {
        let mut types = BTreeMap::new();
        let mut fields = Vec::new();
        let mut name = None::<String>;
        for line in definition.lines() {
            if line.starts_with("====") {
                types.insert(name.take(), core::mem::take(&mut fields));
            } else if let Some(message) = line.strip_prefix("MSG: ") {
                name = Some(message.trim().to_owned());
            } else if let Some(field) = parse_line(line)? {
                fields.push(field);
            }
        }
        types.insert(name, fields);
        let fields = types.remove(&None)?;
        // Whoever reads as many of them as a message says would not come to an end.
        if types.values().any(Vec::is_empty) {
            return None;
        }
        let types = types.into_iter().filter_map(|(name, fields)| Some((name?, fields))).collect();
        Some(Self { fields, types })
    }

    /// The numbers and texts in `payload`, each with its path, such as `pose.position.x`; `None` if
    /// it is not such a message.
    #[must_use]
    pub fn read(&self, payload: &[u8]) -> Option<Vec<(String, Value)>> {
        let mut cdr = Cdr { body: payload.strip_prefix(&[0, 1, 0, 0])?, at: 0, depth: 0 };
        let mut values = Vec::new();
        self.read_fields(&self.fields, "", &mut cdr, &mut values)?;
        Some(values)
    }

    fn read_fields(
        &self,
        fields: &[Field],
        prefix: &str,
        cdr: &mut Cdr<'_>,
        values: &mut Vec<(String, Value)>,
    ) -> Option<()> {
        for field in fields {
            let path = format!("{prefix}{}", field.name);
            let count = match field.count {
                Count::One => {
                    self.read_one(&field.kind, path, cdr, values)?;
                    continue;
                }
                Count::Fixed(count) => count,
                Count::Counted => u32::from_le_bytes(cdr.take()?) as usize,
            };
            for index in 0..count {
                self.read_one(&field.kind, format!("{path}[{index}]"), cdr, values)?;
            }
        }
        Some(())
    }

    fn read_one(
        &self,
        kind: &FieldType,
        path: String,
        cdr: &mut Cdr<'_>,
        values: &mut Vec<(String, Value)>,
    ) -> Option<()> {
        match kind {
            FieldType::Primitive(primitive) => values.push((path, cdr.value(*primitive)?)),
            FieldType::Message(name) => {
                let fields = self.types.get(name)?;
                cdr.depth += 1;
                if cdr.depth > DEPTH_MAX {
                    return None;
                }
                self.read_fields(fields, &format!("{path}."), cdr, values)?;
                cdr.depth -= 1;
            }
        }
        Some(())
    }
}

/// The message in words; its bytes if the definition does not fit.
pub(crate) fn describe(definition: &str, payload: &[u8]) -> String {
    let values = Layout::parse(definition).and_then(|layout| layout.read(payload));
    match values {
        Some(values) => {
            let shown = values.iter().filter(|(path, _)| !path.starts_with("stamp."));
            let shown: Vec<String> = shown.map(|(path, value)| format!("{path} {value}")).collect();
            shown.join(", ")
        }
        None => format!("{payload:02x?}"),
    }
}

/// A line of a definition: a field, or nothing if it is a constant, a comment or empty.
#[expect(clippy::option_option, reason = "no field is not an error")]
fn parse_line(line: &str) -> Option<Option<Field>> {
    let line = line.split('#').next().unwrap_or(line).trim();
    if line.is_empty() || line.contains('=') {
        return Some(None);
    }
    let (kind, name) = line.split_once(char::is_whitespace)?;
    let (kind, count) = match kind.split_once('[') {
        None => (kind, Count::One),
        Some((kind, "]")) => (kind, Count::Counted),
        Some((kind, count)) => {
            let count = count.strip_suffix(']')?.parse().ok().filter(|count| *count > 0)?;
            (kind, Count::Fixed(count))
        }
    };
    let kind = match kind {
        "bool" => FieldType::Primitive(Primitive::Bool),
        "byte" | "char" | "uint8" => FieldType::Primitive(Primitive::U8),
        "int8" => FieldType::Primitive(Primitive::I8),
        "uint16" => FieldType::Primitive(Primitive::U16),
        "int16" => FieldType::Primitive(Primitive::I16),
        "uint32" => FieldType::Primitive(Primitive::U32),
        "int32" => FieldType::Primitive(Primitive::I32),
        "uint64" => FieldType::Primitive(Primitive::U64),
        "int64" => FieldType::Primitive(Primitive::I64),
        "float32" => FieldType::Primitive(Primitive::F32),
        "float64" => FieldType::Primitive(Primitive::F64),
        "string" => FieldType::Primitive(Primitive::Text),
        message if message.contains('/') => FieldType::Message(message.to_owned()),
        _ => return None,
    };
    Some(Some(Field { name: name.trim().to_owned(), kind, count }))
}

/// Messages within messages at most; a type that holds itself has no end.
const DEPTH_MAX: usize = 32;

/// Walks along a message. Everything stands at a multiple of its own size.
struct Cdr<'a> {
    body: &'a [u8],
    at: usize,
    /// In how many messages within messages.
    depth: usize,
}

impl Cdr<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.at = self.at.next_multiple_of(N);
        let bytes = self.body.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(*bytes)
    }

    fn value(&mut self, primitive: Primitive) -> Option<Value> {
        Some(match primitive {
            Primitive::Bool => Value::Bool(u8::from_le_bytes(self.take()?) != 0),
            Primitive::U8 => Value::Unsigned(u8::from_le_bytes(self.take()?).into()),
            Primitive::I8 => Value::Signed(i8::from_le_bytes(self.take()?).into()),
            Primitive::U16 => Value::Unsigned(u16::from_le_bytes(self.take()?).into()),
            Primitive::I16 => Value::Signed(i16::from_le_bytes(self.take()?).into()),
            Primitive::U32 => Value::Unsigned(u32::from_le_bytes(self.take()?).into()),
            Primitive::I32 => Value::Signed(i32::from_le_bytes(self.take()?).into()),
            Primitive::U64 => Value::Unsigned(u64::from_le_bytes(self.take()?)),
            Primitive::I64 => Value::Signed(i64::from_le_bytes(self.take()?)),
            Primitive::F32 => Value::Single(f32::from_le_bytes(self.take()?)),
            Primitive::F64 => Value::Double(f64::from_le_bytes(self.take()?)),
            Primitive::Text => {
                let len = u32::from_le_bytes(self.take()?) as usize;
                let bytes = self.body.get(self.at..)?.get(..len)?;
                self.at += len;
                let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
                Value::Text(String::from_utf8_lossy(text).into_owned())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use rivus_robot::seam::{Frame, Header, Orientation, PoseStamped, Time, Xyz};

    use super::*;

    #[test]
    fn a_message_is_read_by_its_definition() {
        let pose = PoseStamped {
            header: Header::world(Time { sec: 2, nanosec: 5 }),
            position: Xyz { x: 1.5, y: -2.0, z: 0.1 },
            orientation: Orientation { x: 0.0, y: 0.0, z: 0.0, w: 1.0 },
        };
        let mut frame = Frame::with_capacity(200);
        frame.push(0, 0, &pose).unwrap();
        let layout = Layout::parse(&PoseStamped::SCHEMA.text()).unwrap();
        let values = layout.read(frame.messages().next().unwrap().payload).unwrap();
        let shown: Vec<_> = values.iter().map(|(path, value)| format!("{path}={value}")).collect();
        assert_eq!(
            shown[..3],
            ["header.stamp.sec=2", "header.stamp.nanosec=5", "header.frame_id=world"]
        );
        assert_eq!(
            shown[3..6],
            ["pose.position.x=1.5", "pose.position.y=-2", "pose.position.z=0.1"]
        );
        assert_eq!(shown.len(), 10);
    }

    #[test]
    fn types_that_hold_themselves_or_nothing_are_refused() {
        let itself = Layout::parse("a/B b\n====\nMSG: a/B\na/B b\n").unwrap();
        assert_eq!(itself.read(&[0, 1, 0, 0, 1]), None);
        assert_eq!(Layout::parse("a/B[] b\n====\nMSG: a/B\nuint8 C=1\n"), None);
    }

    #[test]
    fn sequences_texts_and_constants_are_understood_and_short_messages_refused() {
        let definition = "uint8 WARN=30\nint16 a\nuint8[] b # some\nstring c\nfloat32[2] d\n";
        let layout = Layout::parse(definition).unwrap();
        let mut frame = Frame::with_capacity(100);
        frame.push(0, 0, &(-3_i16, vec![7_u8, 8], "hi", 0.5_f32, 1.5_f32)).unwrap();
        let payload = frame.messages().next().unwrap().payload;
        assert_eq!(describe(definition, payload), "a -3, b[0] 7, b[1] 8, c hi, d[0] 0.5, d[1] 1.5");
        assert_eq!(layout.read(&payload[..payload.len() - 1]), None);
        assert_eq!(Layout::parse("wstring a\n"), None);
        assert_eq!(Layout::parse("uint8[0] a\n"), None);
    }
}
