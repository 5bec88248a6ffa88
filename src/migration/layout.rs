use super::directory::Directory;
use super::error::MigrationError;
use super::{Migration, flyway, plain, unsupported};

/// How a tool names and orders its migrations.
pub(super) struct Layout {
    /// The tool's name, as people are shown it.
    pub(super) name: &'static str,
    /// The file (as shown) by which the layout is recognised beyond doubt; none when the directory is not its.
    pub(super) recognise: fn(&Directory) -> Option<String>,
    /// The directory's migrations, in order; given the file by which it was recognised.
    pub(super) read: fn(&Directory, &str) -> Result<Vec<Migration>, MigrationError>,
}

/// Every layout that is known, the one with the more particular signs first: the first that recognises a
/// directory reads it.
pub(super) const LAYOUTS: [Layout; 11] = [
    unsupported::SQITCH,
    unsupported::LIQUIBASE,
    unsupported::GRAPHILE_MIGRATE,
    unsupported::GOOSE,
    unsupported::DBMATE,
    unsupported::DIESEL,
    unsupported::PRISMA,
    unsupported::GOLANG_MIGRATE,
    flyway::LAYOUT,
    unsupported::PAIRS,
    plain::LAYOUT,
];
