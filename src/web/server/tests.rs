//! Real sockets with few places.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;

const WHOLE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const HALF: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ";
const HALF_BODY: &[u8] = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na=";
const SLOW: &[u8] = b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// A server whose `/slow` answers once `go` has a permit, after telling so by one of `begun`.
struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    begun: Arc<Semaphore>,
    go: Arc<Semaphore>,
    server: JoinHandle<()>,
}

async fn serving(connections: usize) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (begun, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (tell, wait) = (begun.clone(), go.clone());
    let slow = get(async move || {
        tell.add_permits(1);
        wait.acquire().await.unwrap().forget();
        "slow"
    });
    let router = Router::new()
        .route("/", get(async || "quick"))
        .route("/slow", slow)
        .route("/form", post(async |form: String| form));
    let stop = CancellationToken::new();
    let limits = ConnectionLimits::new(connections);
    let server = tokio::spawn(serve(listener, router, limits, stop.clone()));
    Served {
        address,
        stop,
        begun,
        go,
        server,
    }
}

impl Served {
    async fn connect(&self, sent: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        stream
    }

    /// What is answered to one request.
    async fn ask(&self, request: &[u8]) -> String {
        rest(self.connect(request).await).await
    }

    /// A request that a handler works on.
    async fn in_hand(&self) -> TcpStream {
        let stream = self.connect(SLOW).await;
        self.begun.acquire().await.unwrap().forget();
        stream
    }
}

/// Everything that still comes before the connection ends.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is cut off may end with a reset.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn is_ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ")
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_arrive_ends_the_connection() {
    let served = serving(10).await;
    for sent in [&b""[..], HALF] {
        let began = Instant::now();
        assert_eq!(served.ask(sent).await, "");
        let waited = began.elapsed().as_secs();
        assert!((10..12).contains(&waited), "{waited}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_asks_for_nothing_more_ends() {
    let served = serving(10).await;
    for more in [&b""[..], HALF] {
        let began = Instant::now();
        let answers = served.ask(&[WHOLE, more].concat()).await;
        assert!(is_ok(&answers), "{answers}");
        let waited = began.elapsed().as_secs();
        assert!((75..77).contains(&waited), "{waited}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let served = serving(10).await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX-Large: {}\r\n\r\n",
        "x".repeat(LONGEST_HEAD)
    );
    let answer = served.ask(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn who_waits_for_the_client_makes_room_for_the_next() {
    let served = serving(3).await;
    let mut half_open = Vec::new();
    for _ in 0..30 {
        half_open.push(served.connect(HALF).await);
    }
    assert!(is_ok(&served.ask(LAST).await));
    for early in half_open.drain(..27) {
        assert_eq!(rest(early).await, "");
    }
}

#[tokio::test]
async fn who_sends_a_body_slowly_makes_room_before_requests_in_hand() {
    let served = serving(3).await;
    let slow = served.in_hand().await;
    let mut half_sent = Vec::new();
    for _ in 0..30 {
        half_sent.push(served.connect(HALF_BODY).await);
    }
    assert!(is_ok(&served.ask(LAST).await));
    for early in half_sent.drain(..27) {
        assert_eq!(rest(early).await, "");
    }
    served.go.add_permits(1);
    assert!(rest(slow).await.ends_with("slow"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_ends_the_connection() {
    let served = serving(10).await;
    let began = Instant::now();
    let answer = served.ask(HALF_BODY).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let waited = began.elapsed().as_secs();
    assert!((20..22).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_arrives_in_pieces_has_one_deadline() {
    let served = serving(10).await;
    let head = b"POST /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\n";
    for (last, status) in [("b", "200"), ("", "400")] {
        let began = Instant::now();
        let mut stream = served.connect(head).await;
        for piece in ["a", "="] {
            tokio::time::sleep(Duration::from_secs(9)).await;
            stream.write_all(piece.as_bytes()).await.unwrap();
        }
        stream.write_all(last.as_bytes()).await.unwrap();
        let answer = rest(stream).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(began.elapsed().as_secs() < 22);
    }
}

#[tokio::test]
async fn a_request_in_hand_is_not_cut_off_while_others_wait() {
    let served = serving(2).await;
    let slow = served.in_hand().await;
    for _ in 0..10 {
        assert!(is_ok(&served.ask(LAST).await));
        served.connect(HALF).await;
    }
    served.go.add_permits(1);
    assert!(rest(slow).await.ends_with("slow"));
}

#[tokio::test]
async fn where_all_are_in_hand_the_one_that_takes_longest_goes() {
    let served = serving(2).await;
    let (first, second) = (served.in_hand().await, served.in_hand().await);
    assert!(is_ok(&served.ask(LAST).await));
    assert_eq!(rest(first).await, "");
    served.go.add_permits(1);
    assert!(rest(second).await.ends_with("slow"));
}

#[tokio::test]
async fn a_connection_answers_several_requests_and_reads_their_bodies() {
    let served = serving(2).await;
    let form = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b";
    let answers = served.ask(&[&form[..], WHOLE, LAST].concat()).await;
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 3, "{answers}");
    assert!(answers.contains("a=b"));
}

#[tokio::test]
async fn stopping_finishes_what_is_in_hand_and_takes_nothing_new() {
    let served = serving(10).await;
    let slow = served.in_hand().await;
    let mut idle = served.connect(WHOLE).await;
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();

    served.stop.cancel();
    assert!(rest(idle).await.ends_with("quick"), "an idle one just ends");
    while TcpStream::connect(served.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    served.go.add_permits(1);
    assert!(rest(slow).await.ends_with("slow"));
    served.server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_heads() {
    let served = serving(10).await;
    let mut half_sent = vec![served.connect(HALF).await];
    for more in [&b""[..], HALF] {
        let mut stream = served.connect(WHOLE).await;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        stream.write_all(more).await.unwrap();
        half_sent.push(stream);
    }
    let began = Instant::now();
    served.stop.cancel();
    served.server.await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 0);
    let ends = half_sent.into_iter().map(rest);
    for answer in futures_util::future::join_all(ends).await {
        assert!(answer.is_empty() || answer.ends_with("quick"), "{answer}");
    }
}
