var fs = require('fs');
var path = require('path');

function run(db, file) {
  return db.runSql(fs.readFileSync(path.join(__dirname, 'sqls', file), 'utf-8'));
}

exports.up = function (db) {
  return run(db, '20240102120000-add-names-up.sql');
};

exports.down = function (db) {
  return run(db, '20240102120000-add-names-down.sql');
};

exports._meta = { version: 1 };
