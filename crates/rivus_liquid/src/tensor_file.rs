//! Tensors by name out of a `.safetensors` file, and into one.
//!
//! The container is read, checked and written by the `safetensors` crate; this file adds the errors
//! a person can act on. Whether values are finite is checked where the network is built, because
//! only there their meaning is known.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use safetensors::tensor::{Metadata, TensorInfo, TensorView};
use safetensors::{Dtype, SafeTensorError};
use thiserror::Error;

/// Why bytes are not a usable tensor file, or values cannot become one.
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
    /// What should be written does not fit the format.
    #[error("does not fit a safetensors file: {reason}")]
    Unwritable {
        /// What is in the way.
        reason: String,
    },
}

/// A file with a checked header; tensor data stay where they are.
#[derive(Clone, Debug)]
pub(crate) struct TensorFile<'a> {
    header: Metadata,
    /// In alphabetical order; the header's own order depends on a hash.
    names: Vec<String>,
    data: &'a [u8],
}

const LENGTH_BYTES: usize = 8;
/// The bound of the `safetensors` crate. Longer headers are what other kinds of file look like.
const HEADER_LEN_MAX: u64 = 100_000_000;

fn not_safetensors(reason: impl ToString) -> TensorFileError {
    TensorFileError::NotSafetensors { reason: reason.to_string() }
}

impl<'a> TensorFile<'a> {
    /// Reads the header and checks that it describes exactly the bytes that follow.
    ///
    /// `SafeTensors::deserialize` would do the same, but it adds the end of the last tensor to the
    /// length of the header unchecked, which overflows (a panic where overflow is checked) when a
    /// crafted header claims nearly 2^64 bytes. Its error also does not tell a file that ends early
    /// from one with bytes to spare. Hence the crate's header is read here, and compared here.
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
        // The length was just limited to 10^8, so it fits a usize.
        let Some((header, data)) = rest.split_at_checked(header_len as usize) else {
            return Err(truncated(LENGTH_BYTES as u64 + header_len));
        };
        // This also checks that shapes and byte ranges agree, and that the ranges leave no gap.
        let header: Metadata = serde_json::from_slice(header).map_err(not_safetensors)?;
        if header.data_len() > data.len() {
            let before_data = LENGTH_BYTES as u64 + header_len;
            return Err(truncated(before_data.saturating_add(header.data_len() as u64)));
        }
        if header.data_len() < data.len() {
            return Err(not_safetensors("bytes follow the last tensor"));
        }
        let mut names = header.offset_keys();
        names.sort_unstable();
        Ok(Self { header, names, data })
    }

    /// A string of the metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.header.metadata().as_ref()?.get(key).map(String::as_str)
    }

    /// The names of all tensors, in alphabetical order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.header.info(name).is_some()
    }

    fn info(&self, name: &str) -> Result<&TensorInfo, TensorFileError> {
        self.header.info(name).ok_or_else(|| TensorFileError::Missing { name: name.into() })
    }

    /// The shape of a tensor that must have `N` dimensions.
    pub(crate) fn shape<const N: usize>(&self, name: &str) -> Result<[usize; N], TensorFileError> {
        let found = &self.info(name)?.shape;
        found.as_slice().try_into().ok().ok_or_else(|| TensorFileError::Shape {
            name: name.into(),
            expected: format!("{N} dimensions"),
            found: found.clone(),
        })
    }

    /// The values of an `F32` tensor of the given shape.
    pub(crate) fn f32s(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, TensorFileError> {
        self.values(name, Dtype::F32, shape, f32::from_le_bytes)
    }

    /// The values of an `F64` or `F32` tensor of the given shape.
    pub(crate) fn f64s(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>, TensorFileError> {
        if self.info(name)?.dtype == Dtype::F32 {
            return Ok(self.f32s(name, shape)?.into_iter().map(f64::from).collect());
        }
        self.values(name, Dtype::F64, shape, f64::from_le_bytes)
    }

    /// The values of a `U16` tensor of one dimension.
    pub(crate) fn u16s(&self, name: &str) -> Result<Vec<u16>, TensorFileError> {
        let [count] = self.shape(name)?;
        self.values(name, Dtype::U16, &[count], u16::from_le_bytes)
    }

    /// Whether there is an `I8` tensor of this name.
    pub(crate) fn is_i8(&self, name: &str) -> bool {
        self.header.info(name).is_some_and(|info| info.dtype == Dtype::I8)
    }

    /// The values of an `I8` tensor of the given shape.
    pub(crate) fn i8s(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, TensorFileError> {
        self.values(name, Dtype::I8, shape, i8::from_le_bytes)
    }

    fn values<T, const BYTES: usize>(
        &self,
        name: &str,
        dtype: Dtype,
        shape: &[usize],
        from_le_bytes: fn([u8; BYTES]) -> T,
    ) -> Result<Vec<T>, TensorFileError> {
        let info = self.info(name)?;
        if info.dtype != dtype {
            return Err(TensorFileError::Dtype {
                name: name.into(),
                expected: dtype.to_string(),
                found: info.dtype.to_string(),
            });
        }
        if info.shape != shape {
            return Err(TensorFileError::Shape {
                name: name.into(),
                expected: format!("{shape:?}"),
                found: info.shape.clone(),
            });
        }
        // In range: the ranges are ordered, and the last ends where the data do.
        let (start, end) = info.data_offsets;
        let (values, _) = self.data[start..end].as_chunks::<BYTES>();
        Ok(values.iter().map(|bytes| from_le_bytes(*bytes)).collect())
    }
}

/// Collects tensors for a file whose bytes depend on nothing but its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct TensorWriter {
    tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

impl TensorWriter {
    pub(crate) fn f32s(&mut self, name: String, shape: Vec<usize>, values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.insert(name, (Dtype::F32, shape, bytes));
    }

    pub(crate) fn u16s(&mut self, name: String, values: &[u16]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.insert(name, (Dtype::U16, vec![values.len()], bytes));
    }

    pub(crate) fn i8s(&mut self, name: String, shape: Vec<usize>, values: &[i8]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.insert(name, (Dtype::I8, shape, bytes));
    }

    /// The file, with one string of metadata: a second one would be written in the order of a hash.
    /// Tensors are sorted by the `safetensors` crate, widest values first and then by name.
    pub(crate) fn into_bytes(self, key: &str, value: &str) -> Result<Vec<u8>, TensorFileError> {
        let metadata = [(key.into(), value.into())].into_iter().collect();
        let views: Result<Vec<_>, SafeTensorError> = self
            .tensors
            .iter()
            .map(|(name, (dtype, shape, bytes))| {
                Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?))
            })
            .collect();
        views
            .and_then(|views| safetensors::serialize(views, Some(metadata)))
            .map_err(|error| TensorFileError::Unwritable { reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut writer = TensorWriter::default();
        writer.u16s("index".into(), &[1, 2, 65_535]);
        writer.i8s("integers".into(), vec![1, 2], &[-128, 127]);
        writer.f32s("weight".into(), vec![2, 2], &[1.0, -0.0, 3.5, f32::NAN]);
        writer.into_bytes("note", "a \"quoted\" text").unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = file();
        let file = TensorFile::parse(&bytes).unwrap();
        assert_eq!(file.metadata("note"), Some("a \"quoted\" text"));
        assert_eq!(file.u16s("index").unwrap(), [1, 2, 65_535]);
        assert_eq!(file.i8s("integers", &[1, 2]).unwrap(), [-128, 127]);
        assert!(file.is_i8("integers") && !file.is_i8("index") && !file.is_i8("none"));
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
    }

    /// A file that is nothing but a header with these `U8` tensors, one after the other.
    fn header_of(lengths: &[usize]) -> Vec<u8> {
        let mut start = 0;
        let tensors: Vec<String> = lengths
            .iter()
            .enumerate()
            .map(|(index, length)| {
                let offsets = [start, start + length];
                start += length;
                format!(
                    r#""{index}":{{"dtype":"U8","shape":[{length}],"data_offsets":{offsets:?}}}"#
                )
            })
            .collect();
        let header = format!("{{{}}}", tensors.join(","));
        [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()
    }

    #[test]
    fn a_header_that_claims_all_of_memory_is_a_truncated_file() {
        // Each tensor is the longest whose bits the library can count; together with the header
        // they need more bytes than a usize can count.
        let crafted = header_of(&[usize::MAX / 8; 8]);
        let error = TensorFile::parse(&crafted).unwrap_err();
        assert!(matches!(error, TensorFileError::Truncated { .. }), "{error}");
        let more_bits_than_countable = header_of(&[usize::MAX / 8 + 1]);
        let error = TensorFile::parse(&more_bits_than_countable).unwrap_err();
        assert!(matches!(error, TensorFileError::NotSafetensors { .. }), "{error}");
    }

    #[test]
    fn headers_that_contradict_themselves_are_refused_by_name() {
        let valid = String::from_utf8(header_of(&[4, 4])[8..].to_vec()).unwrap();
        for (from, to, reason) in [
            ("[4, 8]", "[5, 8]", "invalid offset for tensor `1`"),
            ("[4]", "[3]", "invalid shape, data type, or offset"),
            ("U8", "U9", "unknown variant `U9`"),
            ("{", "[", "invalid"),
        ] {
            let header = valid.replacen(from, to, 1);
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend(header.as_bytes());
            bytes.extend([0; 8]);
            let error = TensorFile::parse(&bytes).unwrap_err().to_string();
            assert!(error.starts_with("not a safetensors file"), "{error}");
            assert!(error.contains(reason), "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn the_order_of_writing_leaves_no_trace() {
        let names = ["b", "a", "d", "c"];
        let written = |names: &mut dyn Iterator<Item = &&str>| {
            let mut writer = TensorWriter::default();
            for name in names {
                writer.f32s((*name).into(), vec![1], &[name.len() as f32]);
                writer.u16s(format!("{name}.index"), &[7]);
            }
            writer.into_bytes("key", "value").unwrap()
        };
        let bytes = written(&mut names.iter());
        assert_eq!(bytes, written(&mut names.iter().rev()));
        let header = String::from_utf8_lossy(&bytes);
        let position = |name: &str| header.find(&format!("\"{name}\":")).unwrap();
        let sorted = ["__metadata__", "a", "b", "c", "d", "a.index", "b.index", "c.index"];
        assert!(sorted.is_sorted_by_key(|name| position(name)), "{header}");
    }

    #[test]
    fn a_shape_that_disagrees_with_its_values_is_not_written() {
        let mut writer = TensorWriter::default();
        writer.f32s("weight".into(), vec![3], &[1.0, 2.0]);
        let error = writer.into_bytes("", "").unwrap_err();
        assert!(matches!(error, TensorFileError::Unwritable { .. }), "{error}");
    }
}
