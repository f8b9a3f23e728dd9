//! The hash of the table of misspellings, shared with the build script that fills it.

/// FNV-1a of a word with the byte at `left_out` left out.
pub fn hash_without(word: &[u8], left_out: Option<usize>) -> u32 {
    let kept = word.iter().enumerate().filter(|(at, _)| Some(*at) != left_out);
    let hash = kept.fold(0x811c_9dc5_u32, |hash, (_, byte)| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    hash ^ (hash >> 15)
}
