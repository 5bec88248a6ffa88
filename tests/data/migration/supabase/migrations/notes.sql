SELECT no_migration;
