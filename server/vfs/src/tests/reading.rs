use super::*;

#[tokio::test]
async fn reads_at_any_offset() {
    let home = Home::new().await;
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    home.put("file", &content);
    let handle = home.files.open_read(&at("file")).await.unwrap();
    assert_eq!((handle.size(), handle.stat().size), (1_200_000, 1_200_000));
    let first = handle.read_at(0, Buffer::with_capacity(Buffer::LARGE)).await.unwrap();
    assert_eq!(&*first, &content[..Buffer::LARGE]);
    let tail = handle.read_at(1_199_990, Buffer::with_capacity(Buffer::SMALL)).await.unwrap();
    assert_eq!(&*tail, &content[1_199_990..]);
    for past in [1_200_000, 1_200_001, u64::from(u32::MAX), i64::MAX.unsigned_abs(), u64::MAX] {
        assert!(handle.read_at(past, Buffer::with_capacity(10)).await.unwrap().is_empty(), "{past}");
    }
    let (a, b) =
        tokio::join!(handle.read_at(4, Buffer::with_capacity(8)), handle.read_at(400, Buffer::with_capacity(8)));
    assert_eq!((&*a.unwrap(), &*b.unwrap()), (&content[4..12], &content[400..408]));
}

#[tokio::test]
async fn reads_a_part_as_if_it_were_all() {
    let home = Home::new().await;
    home.put("file", "0123456789");
    let open = async |end| home.files.open_read(&at("file")).await.unwrap().until(end);
    let handle = open(7).await;
    assert_eq!(handle.size(), 7);
    assert_eq!(&*handle.read_at(4, Buffer::with_capacity(64)).await.unwrap(), b"456");
    assert!(handle.read_at(7, Buffer::with_capacity(64)).await.unwrap().is_empty());
    assert_eq!(open(11).await.size(), 10);
}

#[tokio::test]
async fn reads_behind_what_is_there() {
    let home = Home::new().await;
    home.put("file", "world");
    let handle = home.files.open_read(&at("file")).await.unwrap();
    let mut buffer = Buffer::with_capacity(64);
    buffer.put(b"hello ");
    assert_eq!(&*handle.read_at(0, buffer).await.unwrap(), b"hello world");
    home.put("file", "world and more");
    assert_eq!(&*handle.read_at(5, Buffer::with_capacity(64)).await.unwrap(), b" and more");
}

#[tokio::test]
async fn facts() {
    let home = Home::new().await;
    home.put("file", "12345");
    home.files.set_modified(&at("file"), -1500).await.unwrap();
    assert_eq!(home.stat("file").await.unwrap().modified_ms, -1500);
    home.files.set_modified(&at("file"), 1_700_000_000_123).await.unwrap();
    home.files.set_mode(&at("file"), 0o4640).await.unwrap();
    let stat = home.stat("file").await.unwrap();
    assert_eq!((stat.size, stat.modified_ms, stat.mode, stat.links), (5, 1_700_000_000_123, 0o640, 1));
    assert!(stat.is_file() && !stat.part);
    assert!(home.files.available().await.unwrap() > 0);
    home.ledger.set_limit(Some(7));
    assert_eq!(home.files.available().await.unwrap(), 2);
}

#[tokio::test]
async fn pages_are_sent_up_to_the_end() {
    let home = Home::new().await;
    home.put("file", "hello world");
    let file = home.files.open_read(&at("file")).await.unwrap().until(8);
    let (socket, mut client) = std::os::unix::net::UnixStream::pair().unwrap();
    file.load(0, 1 << 20).await.unwrap();
    assert_eq!(file.send_to(&socket, 6, 1 << 20).unwrap(), 2);
    assert_eq!(file.send_to(&socket, 8, 1 << 20).unwrap(), 0);
    file.load(u64::MAX, 1).await.unwrap();
    drop(socket);
    let mut got = String::new();
    std::io::Read::read_to_string(&mut client, &mut got).unwrap();
    assert_eq!(got, "wo");
}
