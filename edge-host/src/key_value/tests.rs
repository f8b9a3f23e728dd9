use super::*;

fn stores() -> (tempfile::TempDir, Arc<KeyValueStores>) {
    let directory = tempfile::tempdir().unwrap();
    let stores = KeyValueStores::open(&directory.path().join("key-value.db"), 2).unwrap();
    (directory, Arc::new(stores))
}

#[test]
fn a_value_is_read_as_it_was_written() {
    let (_directory, stores) = stores();
    let store = stores.store("default");
    assert_eq!(store.get("key").unwrap(), None);
    store.set("key", b"one").unwrap();
    store.set("key", b"two").unwrap();
    assert_eq!(store.get("key").unwrap().as_deref(), Some(&b"two"[..]));
    assert!(store.exists("key").unwrap());
    store.delete("key").unwrap();
    assert!(!store.exists("key").unwrap());
}

#[test]
fn stores_do_not_see_each_other() {
    let (_directory, stores) = stores();
    stores.store("a").set("key", b"of a").unwrap();
    assert_eq!(stores.store("b").get("key").unwrap(), None);
    assert!(stores.store("b").keys().unwrap().is_empty());
}

#[test]
fn values_outlive_the_process() {
    let (directory, stores) = stores();
    stores.store("default").set("key", b"value").unwrap();
    drop(stores);
    let stores = Arc::new(KeyValueStores::open(&directory.path().join("key-value.db"), 1).unwrap());
    assert_eq!(stores.store("default").keys().unwrap(), ["key"]);
}

#[test]
fn many_keys_are_read_in_their_order_with_the_absent_ones_marked() {
    let (_directory, stores) = stores();
    let store = stores.store("default");
    store
        .set_many(&[("a".to_owned(), b"1".to_vec()), ("c".to_owned(), b"3".to_vec())])
        .unwrap();
    let values = store
        .get_many(vec!["c".to_owned(), "b".to_owned(), "a".to_owned()])
        .unwrap();
    let expected = [("c", Some(&b"3"[..])), ("b", None), ("a", Some(&b"1"[..]))];
    assert_eq!(
        values
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_deref()))
            .collect::<Vec<_>>(),
        expected
    );
    store.delete_many(&["a".to_owned(), "c".to_owned()]).unwrap();
    assert!(store.keys().unwrap().is_empty());
}

#[test]
fn a_swap_succeeds_when_nobody_came_between() {
    let (_directory, stores) = stores();
    let store = stores.store("default");
    store.set("key", b"old").unwrap();
    let mut swap = store.compare_and_swap("key".to_owned()).unwrap();
    assert_eq!(swap.current().unwrap().as_deref(), Some(&b"old"[..]));
    assert!(swap.swap(b"new").unwrap().is_ok());
    assert_eq!(store.get("key").unwrap().as_deref(), Some(&b"new"[..]));
}

#[test]
fn a_swap_fails_when_the_value_changed_and_the_next_attempt_sees_the_change() {
    let (_directory, stores) = stores();
    let store = stores.store("default");
    store.set("key", b"old").unwrap();
    let swap = store.compare_and_swap("key".to_owned()).unwrap();
    store.set("key", b"between").unwrap();
    let mut retry = swap.swap(b"new").unwrap().err().unwrap();
    assert_eq!(store.get("key").unwrap().as_deref(), Some(&b"between"[..]));
    assert_eq!(retry.current().unwrap().as_deref(), Some(&b"between"[..]));
    assert!(retry.swap(b"new").unwrap().is_ok());
}

#[test]
fn a_swap_of_an_absent_key_fails_when_it_appeared() {
    let (_directory, stores) = stores();
    let store = stores.store("default");
    let first = store.compare_and_swap("key".to_owned()).unwrap();
    let second = store.compare_and_swap("key".to_owned()).unwrap();
    assert!(first.swap(b"first").unwrap().is_ok());
    assert!(second.swap(b"second").unwrap().is_err());
    assert_eq!(store.get("key").unwrap().as_deref(), Some(&b"first"[..]));
}

#[test]
fn a_swap_fails_when_the_key_vanished() {
    let (_directory, stores) = stores();
    let store = stores.store("default");
    store.set("key", b"old").unwrap();
    let swap = store.compare_and_swap("key".to_owned()).unwrap();
    store.delete("key").unwrap();
    assert!(swap.swap(b"new").unwrap().is_err());
    assert_eq!(store.get("key").unwrap(), None);
}

#[test]
fn two_hundred_concurrent_increments_all_count() {
    let (_directory, stores) = stores();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..25).for_each(|_| assert!(stores.store("default").increment("count", 1).is_ok())));
        }
    });
    assert_eq!(stores.store("default").increment("count", 0).unwrap(), 200);
}

#[test]
fn two_hundred_concurrent_swaps_all_count() {
    let (_directory, stores) = stores();
    let add_one = |store: &Store| {
        let mut attempt = store.compare_and_swap("count".to_owned()).unwrap();
        loop {
            let count = attempt.current().unwrap().map_or(0, |value| value[0]);
            match attempt.swap(&[count + 1]).unwrap() {
                Ok(()) => return,
                Err(retry) => attempt = retry,
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..25).for_each(|_| add_one(&stores.store("default"))));
        }
    });
    assert_eq!(stores.store("default").get("count").unwrap(), Some(vec![200]));
}

#[test]
fn what_is_no_number_cannot_be_incremented() {
    let (_directory, stores) = stores();
    let store = stores.store("default");
    store.set("word", b"word").unwrap();
    store.set("most", &i64::MAX.to_le_bytes()).unwrap();
    assert!(matches!(store.increment("word", 1), Err(KeyValueError::NotANumber)));
    assert!(matches!(store.increment("most", 1), Err(KeyValueError::Overflow)));
}
