use super::*;

struct Fixture {
    _directory: tempfile::TempDir,
    _checkpointer: Checkpointer,
    database: Arc<Database>,
}

fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let checkpointer = Checkpointer::start().unwrap();
    let database = Database::open(&directory.path().join("default.db"), &checkpointer).unwrap();
    Fixture {
        _directory: directory,
        _checkpointer: checkpointer,
        database,
    }
}

fn run(connection: &Connection, statement: &str, parameters: &[Value]) -> QueryResult {
    connection.try_execute(statement, parameters).unwrap().unwrap()
}

fn refused(connection: &Connection, statement: &str) -> String {
    match connection.try_execute(statement, &[]).unwrap_err() {
        Error::Io(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_value_is_read_as_it_was_written() {
    let fixture = fixture();
    let connection = fixture.database.connect().unwrap();
    run(&connection, "CREATE TABLE t (a, b, c, d, e)", &[]);
    let values = [
        Value::Integer(-1),
        Value::Real(0.5),
        Value::Text("ä".to_owned()),
        Value::Blob(vec![0, 255]),
        Value::Null,
    ];
    run(&connection, "INSERT INTO t VALUES (?, ?, ?, ?, ?)", &values);
    let result = run(&connection, "SELECT a, b, c, d, e FROM t", &[]);
    assert_eq!(result.columns, ["a", "b", "c", "d", "e"]);
    assert_eq!(format!("{:?}", result.rows[0].values), format!("{values:?}"));
}

#[test]
fn changes_and_row_ids_are_those_of_the_own_connection() {
    let fixture = fixture();
    let (one, other) = (fixture.database.connect().unwrap(), fixture.database.connect().unwrap());
    run(&one, "CREATE TABLE t (a)", &[]);
    run(&one, "INSERT INTO t VALUES (1), (2)", &[]);
    run(&other, "INSERT INTO t VALUES (3)", &[]);
    assert_eq!((one.changes(), one.last_insert_rowid()), (2, 2));
    assert_eq!((other.changes(), other.last_insert_rowid()), (1, 3));
}

#[test]
fn a_statement_that_sqlite_refuses_is_an_error() {
    let fixture = fixture();
    let connection = fixture.database.connect().unwrap();
    assert!(refused(&connection, "SELECT * FROM nowhere").contains("nowhere"));
}

#[test]
fn no_other_file_can_be_attached() {
    let fixture = fixture();
    let connection = fixture.database.connect().unwrap();
    assert!(refused(&connection, "ATTACH '/tmp/elsewhere.db' AS elsewhere").contains("not authorized"));
}

#[test]
fn a_writer_waits_for_anothers_transaction() {
    let fixture = fixture();
    let (one, other) = (fixture.database.connect().unwrap(), fixture.database.connect().unwrap());
    run(&one, "CREATE TABLE t (a)", &[]);
    run(&one, "BEGIN IMMEDIATE", &[]);
    assert!(other.try_execute("INSERT INTO t VALUES (1)", &[]).unwrap().is_none());
    run(&one, "COMMIT", &[]);
    run(&other, "INSERT INTO t VALUES (1)", &[]);
}

#[test]
fn an_abandoned_transaction_is_rolled_back() {
    let fixture = fixture();
    let connection = fixture.database.connect().unwrap();
    run(&connection, "CREATE TABLE t (a)", &[]);
    run(&connection, "BEGIN", &[]);
    run(&connection, "INSERT INTO t VALUES (1)", &[]);
    drop(connection);
    let next = fixture.database.connect().unwrap();
    assert!(run(&next, "SELECT * FROM t", &[]).rows.is_empty());
    run(&next, "BEGIN", &[]);
}

#[test]
fn the_next_guest_does_not_find_anothers_temporary_table() {
    let fixture = fixture();
    let connection = fixture.database.connect().unwrap();
    run(&connection, "CREATE TEMP TABLE leftover (a)", &[]);
    drop(connection);
    let next = fixture.database.connect().unwrap();
    refused(&next, "SELECT * FROM leftover");
}

#[test]
fn concurrent_inserts_all_arrive() {
    let fixture = fixture();
    run(&fixture.database.connect().unwrap(), "CREATE TABLE t (a)", &[]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let connection = fixture.database.connect().unwrap();
                (0..50).for_each(|_| drop(run(&connection, "INSERT INTO t VALUES (1)", &[])));
            });
        }
    });
    let connection = fixture.database.connect().unwrap();
    let count = run(&connection, "SELECT count(*) FROM t", &[]);
    assert!(matches!(count.rows[0].values[..], [Value::Integer(200)]));
}
