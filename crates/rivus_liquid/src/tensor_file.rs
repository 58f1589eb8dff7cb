//! The `.safetensors` container: named tensors behind a JSON header.
//!
//! Layout: 8 bytes header length (little endian), the header (JSON: name -> dtype, shape, byte
//! range; and a map of strings under `__metadata__`), then the data, of which every byte belongs to
//! exactly one tensor.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why bytes are not a usable tensor file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TensorFileError {
    /// The file ends early.
    #[error("the file is truncated: {needed} bytes are needed and {found} are there")]
    Truncated {
        /// Length that the header asks for.
        needed: u64,
        /// Length of the file.
        found: u64,
    },
    /// The bytes are something else.
    #[error("not a safetensors file: {reason}")]
    NotSafetensors {
        /// What gave it away.
        reason: String,
    },
    /// A tensor that is needed is not there.
    #[error("tensor `{name}` is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape than the others ask for.
    #[error("tensor `{name}` has shape {found:?} where {expected} is needed")]
    Shape {
        /// Its name.
        name: String,
        /// What would fit.
        expected: String,
        /// What it has.
        found: Vec<usize>,
    },
    /// A tensor has a number type that cannot be read here.
    #[error("tensor `{name}` is {found} where {expected} is needed")]
    Dtype {
        /// Its name.
        name: String,
        /// What can be read.
        expected: String,
        /// What it is.
        found: String,
    },
}

/// A parsed file; tensor data stay where they are.
#[derive(Clone, Debug)]
pub(crate) struct TensorFile<'a> {
    pub(crate) metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Tensor<'a>>,
}

#[derive(Clone, Debug)]
struct Tensor<'a> {
    dtype: String,
    shape: Vec<usize>,
    data: &'a [u8],
}

/// One header entry.
#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [u64; 2],
}

const METADATA: &str = "__metadata__";
const LENGTH_BYTES: usize = 8;
/// The same bound as in the reference implementation.
const HEADER_LEN_MAX: u64 = 100_000_000;

fn not_safetensors(reason: impl ToString) -> TensorFileError {
    TensorFileError::NotSafetensors { reason: reason.to_string() }
}

/// Bits of one value, or `None` for types this crate has no use for.
fn dtype_bytes(dtype: &str) -> Option<u64> {
    match dtype {
        "F64" | "I64" | "U64" => Some(8),
        "F32" | "I32" | "U32" => Some(4),
        "F16" | "BF16" | "I16" | "U16" => Some(2),
        "BOOL" | "I8" | "U8" => Some(1),
        _ => None,
    }
}

impl<'a> TensorFile<'a> {
    /// Reads the header and checks that it describes exactly the bytes that follow.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, TensorFileError> {
        let found = bytes.len() as u64;
        let truncated = |needed: u64| TensorFileError::Truncated { needed, found };
        let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
            return Err(truncated(LENGTH_BYTES as u64));
        };
        let header_len = u64::from_le_bytes(*length);
        if header_len > HEADER_LEN_MAX {
            return Err(not_safetensors("its first 8 bytes are not a plausible header length"));
        }
        if !rest.is_empty() && rest[0] != b'{' {
            return Err(not_safetensors("its header is not a JSON object"));
        }
        // The length was just limited to 10^8, so it fits a usize.
        let Some((header, data)) = rest.split_at_checked(header_len as usize) else {
            return Err(truncated(LENGTH_BYTES as u64 + header_len));
        };
        let (metadata, entries) = parse_header(header)?;
        let data_len = check_ranges(&entries)?;
        if data_len > data.len() as u64 {
            return Err(truncated((LENGTH_BYTES as u64 + header_len).saturating_add(data_len)));
        }
        if data_len < data.len() as u64 {
            return Err(not_safetensors("bytes follow the last tensor"));
        }
        let tensor = |(name, entry): (String, Entry)| {
            // Both ends are at most `data.len()`, by the checks above.
            let [start, end] = entry.data_offsets.map(|offset| offset as usize);
            (name, Tensor { dtype: entry.dtype, shape: entry.shape, data: &data[start..end] })
        };
        Ok(Self { metadata, tensors: entries.into_iter().map(tensor).collect() })
    }

    /// The names of all tensors, in alphabetical order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    fn tensor(&self, name: &str) -> Result<&Tensor<'a>, TensorFileError> {
        self.tensors.get(name).ok_or_else(|| TensorFileError::Missing { name: name.into() })
    }

    /// The shape of a tensor that must have `dimensions` of them.
    pub(crate) fn shape<const N: usize>(&self, name: &str) -> Result<[usize; N], TensorFileError> {
        let found = &self.tensor(name)?.shape;
        found.as_slice().try_into().ok().ok_or_else(|| TensorFileError::Shape {
            name: name.into(),
            expected: format!("{N} dimensions"),
            found: found.clone(),
        })
    }

    /// The values of an `F32` tensor of the given shape.
    pub(crate) fn f32s(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, TensorFileError> {
        self.checked(name, shape, "F32")?;
        let (chunks, _) = self.tensor(name)?.data.as_chunks::<4>();
        Ok(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// The values of an `F64` or `F32` tensor of the given shape.
    pub(crate) fn f64s(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>, TensorFileError> {
        if self.tensor(name)?.dtype == "F32" {
            return Ok(self.f32s(name, shape)?.into_iter().map(f64::from).collect());
        }
        self.checked(name, shape, "F64")?;
        let (chunks, _) = self.tensor(name)?.data.as_chunks::<8>();
        Ok(chunks.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }

    /// The values of a `U16` tensor of one dimension.
    pub(crate) fn u16s(&self, name: &str) -> Result<Vec<u16>, TensorFileError> {
        let [count] = self.shape(name)?;
        self.checked(name, &[count], "U16")?;
        let (chunks, _) = self.tensor(name)?.data.as_chunks::<2>();
        Ok(chunks.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect())
    }

    fn checked(&self, name: &str, shape: &[usize], dtype: &str) -> Result<(), TensorFileError> {
        let tensor = self.tensor(name)?;
        if tensor.dtype != dtype {
            return Err(TensorFileError::Dtype {
                name: name.into(),
                expected: dtype.into(),
                found: tensor.dtype.clone(),
            });
        }
        if tensor.shape != shape {
            return Err(TensorFileError::Shape {
                name: name.into(),
                expected: format!("{shape:?}"),
                found: tensor.shape.clone(),
            });
        }
        Ok(())
    }
}

/// Splits the header into its strings and its tensors.
fn parse_header(
    header: &[u8],
) -> Result<(BTreeMap<String, String>, BTreeMap<String, Entry>), TensorFileError> {
    let mut values: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(not_safetensors)?;
    let metadata = match values.remove(METADATA) {
        Some(value) => serde_json::from_value(value).map_err(not_safetensors)?,
        None => BTreeMap::new(),
    };
    let mut entries = BTreeMap::new();
    for (name, value) in values {
        let entry = serde_json::from_value(value)
            .map_err(|error| not_safetensors(format!("tensor `{name}`: {error}")))?;
        entries.insert(name, entry);
    }
    Ok((metadata, entries))
}

/// Checks sizes and that the ranges follow each other without gap; returns the end of the last.
fn check_ranges(entries: &BTreeMap<String, Entry>) -> Result<u64, TensorFileError> {
    let mut ranges = Vec::with_capacity(entries.len());
    for (name, entry) in entries {
        let [start, end] = entry.data_offsets;
        let value_bytes = dtype_bytes(&entry.dtype).ok_or_else(|| {
            not_safetensors(format!("`{name}` is of unknown type {}", entry.dtype))
        })?;
        let mut needed = Some(value_bytes);
        for &length in &entry.shape {
            needed = needed.and_then(|bytes| bytes.checked_mul(length as u64));
        }
        if end.checked_sub(start).is_none() || end.checked_sub(start) != needed {
            return Err(not_safetensors(format!("`{name}`: byte range and shape disagree")));
        }
        ranges.push((start, end));
    }
    ranges.sort_unstable();
    let mut reached = 0;
    for (start, end) in ranges {
        if start != reached {
            return Err(not_safetensors("the tensors' byte ranges overlap or leave gaps"));
        }
        reached = end;
    }
    Ok(reached)
}

/// Collects tensors for a file whose bytes depend on nothing but its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct TensorWriter {
    /// By width of a value, widest first so that all data are aligned, then by name.
    tensors: BTreeMap<(core::cmp::Reverse<u64>, String), (&'static str, Vec<usize>, Vec<u8>)>,
}

impl TensorWriter {
    pub(crate) fn f32s(&mut self, name: String, shape: Vec<usize>, values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.insert((core::cmp::Reverse(4), name), ("F32", shape, bytes));
    }

    pub(crate) fn u16s(&mut self, name: String, values: &[u16]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.insert((core::cmp::Reverse(2), name), ("U16", vec![values.len()], bytes));
    }

    /// The file, with one string of metadata.
    pub(crate) fn into_bytes(self, key: &str, value: &str) -> Vec<u8> {
        let mut data = Vec::new();
        let metadata = BTreeMap::from([(key, value)]);
        let mut header = format!("{{{}:{}", json(METADATA), json(&metadata));
        for ((_, name), (dtype, shape, bytes)) in self.tensors {
            let start = data.len() as u64;
            data.extend(bytes);
            let data_offsets = [start, data.len() as u64];
            let entry = Entry { dtype: dtype.into(), shape, data_offsets };
            header.push_str(&format!(",{}:{}", json(&name), json(&entry)));
        }
        header.push('}');
        while !header.len().is_multiple_of(LENGTH_BYTES) {
            header.push(' ');
        }
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend(data);
        file
    }
}

/// Text of a value made of strings and integers, which always has one.
fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut writer = TensorWriter::default();
        writer.u16s("index".into(), &[1, 2, 65_535]);
        writer.f32s("weight".into(), vec![2, 2], &[1.0, -0.0, 3.5, f32::NAN]);
        writer.into_bytes("note", "a \"quoted\" text")
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = file();
        let file = TensorFile::parse(&bytes).unwrap();
        assert_eq!(file.metadata["note"], "a \"quoted\" text");
        assert_eq!(file.u16s("index").unwrap(), [1, 2, 65_535]);
        let weight = file.f32s("weight", &[2, 2]).unwrap();
        assert_eq!(weight[..3], [1.0, 0.0, 3.5]);
        assert!(weight[1].is_sign_negative() && weight[3].is_nan());
    }

    #[test]
    fn wrong_requests_are_named() {
        let bytes = file();
        let file = TensorFile::parse(&bytes).unwrap();
        let missing = file.f32s("bias", &[2]).unwrap_err();
        assert_eq!(missing.to_string(), "tensor `bias` is missing");
        let shape = file.f32s("weight", &[4]).unwrap_err();
        assert_eq!(shape.to_string(), "tensor `weight` has shape [2, 2] where [4] is needed");
        let dtype = file.f32s("index", &[3]).unwrap_err();
        assert_eq!(dtype.to_string(), "tensor `index` is U16 where F32 is needed");
    }

    #[test]
    fn every_truncation_is_an_error() {
        let bytes = file();
        for length in 0..bytes.len() {
            let error = TensorFile::parse(&bytes[..length]).unwrap_err();
            assert!(matches!(error, TensorFileError::Truncated { .. }), "{length}: {error}");
        }
        let mut longer = bytes;
        longer.push(0);
        assert!(TensorFile::parse(&longer).is_err());
    }

    #[test]
    fn other_files_are_not_mistaken_for_tensors() {
        for bytes in [&b"#!/bin/sh\necho hello"[..], b"\x7fELF\x02\x01\x01\0\0\0\0\0", &[0; 64]] {
            let error = TensorFile::parse(bytes).unwrap_err();
            assert!(matches!(error, TensorFileError::NotSafetensors { .. }), "{error}");
        }
        let length = u64::MAX - 8;
        let header = std::format!(
            r#"{{"a":{{"dtype":"U8","shape":[{length}],"data_offsets":[0,{length}]}}}}"#
        );
        let mut huge = (header.len() as u64).to_le_bytes().to_vec();
        huge.extend(header.as_bytes());
        assert!(matches!(TensorFile::parse(&huge), Err(TensorFileError::Truncated { .. })));
    }
}
