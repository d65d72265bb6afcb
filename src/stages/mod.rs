//! The pipeline: one file a stage.

pub mod checksum;
pub mod unpack;
mod unpack_fold;
mod unpack_names;
mod unpack_stream;
mod unpack_tar;
mod unpack_tar_header;
mod unpack_tar_pax;
mod unpack_tar_reader;
mod unpack_xz;
mod unpack_zip;
mod unpack_zip_directory;
mod unpack_zip_end;

#[cfg(test)]
mod unpack_testing;
#[cfg(test)]
mod unpack_testing_tar;
#[cfg(test)]
mod unpack_testing_zip;
