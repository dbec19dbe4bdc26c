//! Searches in scratch directories, downloads from a server on this machine's loopback address.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::download::hex;

/// A directory of its own, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wengert-search-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the server sends: these bytes, and then the end of the connection or silence.
struct Answer {
    bytes: Vec<u8>,
    hang: bool,
}

fn ok(body: &[u8]) -> Answer {
    let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend(body);
    Answer { bytes, hang: false }
}

/// A server that answers each path; returns its base URL and the list of paths asked for.
fn serve(answer: impl Fn(&str) -> Answer + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/mnist", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || {
        let mut hanging: Vec<TcpStream> = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let path = request.split(' ').nth(1).unwrap().to_owned();
            log.lock().unwrap().push(path.clone());
            let answer = answer(&path);
            // The client may hang up first: that is part of some tests.
            let _ = stream.write_all(&answer.bytes);
            if answer.hang {
                hanging.push(stream);
            }
        }
    });
    (base, asked)
}

/// The four files of a tiny data set: 3 images to learn from, 2 to judge by, 2x2 pixels.
fn files() -> [Vec<u8>; 4] {
    let images = |count: u8, base: u8| {
        let mut file = vec![0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2];
        file.extend((0..4 * count).map(|pixel| base + pixel));
        file
    };
    let labels = |count: u8| {
        let mut file = vec![0, 0, 8, 1, 0, 0, 0, count];
        file.extend(0..count);
        file
    };
    [images(3, 0), labels(3), images(2, 100), labels(2)]
}

fn content(path: &str) -> Vec<u8> {
    let at = FILES.iter().position(|name| path == format!("/mnist/{name}.gz")).expect("a file of the set");
    files()[at].clone()
}

fn search(cache: &Scratch, mirrors: &[&str]) -> Search {
    let pinned = FILES.iter().zip(files()).map(|(name, bytes)| Pinned {
        name: format!("{name}.gz"),
        bytes: bytes.len() as u64,
        sha256: hex(&hmac_sha256::Hash::hash(&bytes)),
    });
    Search { files: pinned.collect(), ..Search::default() }
        .cache(&cache.0)
        .mirrors(mirrors.iter().map(|mirror| mirror.to_string()))
        .patience(Duration::from_secs(20), Duration::from_secs(20))
        .generated(5, 30, 10)
}

fn store(directory: &Path) {
    for (name, bytes) in FILES.iter().zip(files()) {
        std::fs::write(directory.join(name), bytes).unwrap();
    }
}

/// The reason for generated digits, after a look at the digits themselves.
fn reason(mnist: Mnist) -> String {
    assert_eq!((mnist.train.len(), mnist.test.len()), (30, 10));
    assert_eq!(mnist.train, generated::digits(5, Set::Train, 30));
    assert_eq!(mnist.source.kind(), "generated");
    assert_eq!(mnist.source.to_string().lines().count(), 1);
    match mnist.source {
        Source::Generated { seed: 5, reason } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_download_is_checked_kept_and_found_again() {
    let cache = Scratch::new();
    let (base, asked) = serve(|path| ok(&content(path)));
    let mnist = search(&cache, &[&base]).find().unwrap();
    assert_eq!(mnist.source, Source::Download { mirror: base.clone(), directory: cache.0.clone() });
    assert_eq!((mnist.train.len(), mnist.test.len(), mnist.test.images[0]), (3, 2, 100));
    assert_eq!(cache.names(), FILES.iter().map(|name| format!("{name}.gz")).collect(), "and nothing else");
    assert_eq!(asked.lock().unwrap().len(), 4);
    let again = search(&cache, &[&base]).find().unwrap();
    assert_eq!(again.source, Source::Cache(cache.0.clone()));
    assert_eq!((again.train, again.test), (mnist.train, mnist.test));
    assert_eq!(asked.lock().unwrap().len(), 4, "no request for what is there");
}

#[test]
fn the_cache_directory_is_made_when_it_is_not_there() {
    let scratch = Scratch::new();
    let (base, _) = serve(|path| ok(&content(path)));
    let deep = scratch.0.join("a").join("b");
    let mnist = search(&scratch, &[&base]).cache(&deep).find().unwrap();
    assert_eq!(mnist.source, Source::Download { mirror: base, directory: deep });
}

#[test]
fn an_interrupted_download_goes_on_with_the_missing_files() {
    let cache = Scratch::new();
    let (base, asked) = serve(|path| ok(&content(path)));
    std::fs::write(cache.0.join(format!("{}.gz", FILES[0])), &files()[0]).unwrap();
    std::fs::write(cache.0.join(format!("{}.gz", FILES[1])), b"damaged").unwrap();
    let mnist = search(&cache, &[&base]).find().unwrap();
    assert_eq!(mnist.source.kind(), "mnist");
    let expected: Vec<String> = FILES[1..].iter().map(|name| format!("/mnist/{name}.gz")).collect();
    assert_eq!(*asked.lock().unwrap(), expected);
}

#[test]
fn a_wrong_checksum_leaves_nothing_behind() {
    let cache = Scratch::new();
    let (base, _) = serve(|path| {
        let mut body = content(path);
        *body.last_mut().unwrap() ^= 1;
        ok(&body)
    });
    let reason = reason(search(&cache, &[&base]).find().unwrap());
    assert!(reason.contains("SHA-256 is") && reason.contains(&base), "{reason}");
    assert_eq!(cache.names(), BTreeSet::new());
}

#[test]
fn a_short_a_cut_and_an_endless_body_leave_nothing_behind() {
    let endless = || {
        let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        bytes.resize(1 << 20, 7);
        Answer { bytes, hang: true }
    };
    let cut = |path: &str| {
        let mut answer = ok(&content(path));
        answer.bytes.truncate(answer.bytes.len() - 3);
        answer
    };
    for kind in 0..3 {
        let cache = Scratch::new();
        let (base, _) = serve(move |path| match kind {
            0 => ok(&content(path)[..10]),
            1 => cut(path),
            _ => endless(),
        });
        let reason = reason(search(&cache, &[&base]).find().unwrap());
        assert!(reason.contains("bytes received, 28 expected"), "{kind}: {reason}");
        assert_eq!(cache.names(), BTreeSet::new());
    }
}

#[test]
fn a_server_that_never_answers_or_falls_silent_is_given_up() {
    let silent = || Answer { bytes: Vec::new(), hang: true };
    let stalled = |path: &str| {
        let mut answer = ok(&content(path));
        answer.bytes.truncate(answer.bytes.len() - 3);
        Answer { hang: true, ..answer }
    };
    for stalls in [false, true] {
        let cache = Scratch::new();
        let (base, _) = serve(move |path| if stalls { stalled(path) } else { silent() });
        // The other of the two waiting times is long: the right one must be the one that counts.
        let (short, long) = (Duration::from_millis(200), Duration::from_secs(600));
        let (answer, stall) = if stalls { (long, short) } else { (short, long) };
        let reason = reason(search(&cache, &[&base]).patience(answer, stall).find().unwrap());
        assert!(reason.contains("no data for 0.2 s"), "{reason}");
        assert_eq!(cache.names(), BTreeSet::new());
    }
}

#[test]
fn waiting_for_answers_is_limited_over_all_mirrors_together() {
    let cache = Scratch::new();
    let (silent, _) = serve(|_| Answer { bytes: Vec::new(), hang: true });
    let (good, asked) = serve(|path| ok(&content(path)));
    let patience = Duration::from_millis(200);
    let mnist =
        search(&cache, &[&silent, &good]).patience(patience, Duration::from_secs(600)).find().unwrap();
    assert!(reason(mnist).contains("no data for 0.2 s"));
    assert_eq!(asked.lock().unwrap().len(), 0, "the first mirror has used up the time");
}

#[test]
fn a_refused_connection_and_an_error_page_lead_to_the_next_mirror() {
    let cache = Scratch::new();
    // A port that was just free: nobody listens there any more.
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/mnist", listener.local_addr().unwrap())
    };
    let (missing, _) = serve(|_| Answer {
        bytes: b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        hang: false,
    });
    let (junk, _) = serve(|_| Answer { bytes: b"\x00\xff junk\r\n\r\n".to_vec(), hang: false });
    assert!(reason(search(&cache, &[&refused]).find().unwrap()).contains("no download: http://127.0.0.1"));
    assert!(reason(search(&cache, &[&missing]).find().unwrap()).contains("the server answered 404"));
    assert_eq!(search(&cache, &[&junk]).find().unwrap().source.kind(), "generated");
    let (good, _) = serve(|path| ok(&content(path)));
    let mnist = search(&cache, &[&refused, &missing, &junk, &good]).find().unwrap();
    assert_eq!(mnist.source, Source::Download { mirror: good, directory: cache.0.clone() });
}

#[test]
fn a_cache_that_cannot_be_written_is_a_reason_not_a_failure() {
    let scratch = Scratch::new();
    let file = scratch.0.join("file");
    std::fs::write(&file, b"in the way").unwrap();
    let (base, _) = serve(|path| ok(&content(path)));
    let reason = reason(search(&scratch, &[&base]).cache(file.join("mnist")).find().unwrap());
    assert!(reason.contains("cannot create"), "{reason}");
}

#[test]
fn the_order_is_data_then_environment_then_cache() {
    let (cache, data, environment) = (Scratch::new(), Scratch::new(), Scratch::new());
    for directory in [&cache, &data, &environment] {
        store(&directory.0);
    }
    let all = || Search { environment: Some(environment.0.clone()), ..search(&cache, &[]) };
    assert_eq!(all().data(&data.0).find().unwrap().source, Source::Given(data.0.clone()));
    assert_eq!(all().find().unwrap().source, Source::Environment(environment.0.clone()));
    assert_eq!(search(&cache, &[]).find().unwrap().source, Source::Cache(cache.0.clone()));
}

#[test]
fn a_directory_asked_for_that_is_missing_or_broken_is_an_error() {
    let (cache, empty) = (Scratch::new(), Scratch::new());
    store(&cache.0);
    let given = |path: &Path| search(&cache, &[]).data(path).find().unwrap_err();
    let environment =
        |path: &Path| Search { environment: Some(path.into()), ..search(&cache, &[]) }.find().unwrap_err();
    for find in [&given as &dyn Fn(&Path) -> Error, &environment] {
        assert!(matches!(find(&empty.0.join("none")), Error::Io { action: "open", .. }));
        assert!(matches!(find(&empty.0), Error::Missing { .. }));
        assert!(matches!(find(&cache.0.join(FILES[0])), Error::NotADirectory { .. }));
    }
    std::fs::write(cache.0.join(FILES[3]), b"\0\0\x08").unwrap();
    assert!(matches!(given(&cache.0), Error::Truncated { offset: 3, .. }));
    assert!(
        reason(search(&cache, &[]).find().unwrap()).contains("ends at byte 3"),
        "a damaged cache is named"
    );
}

#[test]
fn without_a_cache_or_a_network_the_reason_says_so() {
    let cache = Scratch::new();
    assert!(reason(search(&cache, &[]).find().unwrap()).contains("no download wanted"));
    let nowhere = Search { cache: None, ..search(&cache, &[]) };
    assert!(reason(nowhere.find().unwrap()).contains("no cache directory"));
}
