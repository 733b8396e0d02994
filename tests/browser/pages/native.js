// Speaks the native dialect to the server named in the address. `again` is what a page does that thinks its
// connection lost: a new one, in the same room, and an offer, which has the picture first and more to say than before.
// `certificate=kept` in the address: with the certificate of the one before.
const address = new URLSearchParams(location.search);
const say = (words) => (document.getElementById("status").textContent = words);

const begin = async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  document.getElementById("local").srcObject = stream;
  const remote = document.getElementById("remote");
  remote.onloadedmetadata = () => remote.play();
  const certificate = await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" });
  const socket = io(address.get("server"));
  let connection;
  let roomId;
  let connections = 0;

  const connect = (tracks) => {
    connection?.close();
    remote.srcObject = null;
    const made = new RTCPeerConnection(address.get("certificate") === "kept" ? { certificates: [certificate] } : {});
    connection = made;
    const number = (connections += 1);
    for (const track of tracks) made.addTrack(track, stream);
    made.onicecandidate = ({ candidate }) => {
      if (candidate && connection === made) socket.emit("ice_candidate", { candidate, roomId });
    };
    made.ontrack = ({ streams }) => (remote.srcObject = streams[0]);
    made.onconnectionstatechange = () => say(`${number} ${made.connectionState}`);
  };
  const offer = async () => {
    await connection.setLocalDescription();
    socket.emit("offer", { offer: connection.localDescription, roomId });
  };

  socket.on("connect", () => socket.emit("join", { type: "video" }));
  socket.on("waiting_for_partner", () => say("looking"));
  socket.on("partner_found", async (pair) => {
    ({ roomId } = pair);
    connect([...stream.getAudioTracks(), ...stream.getVideoTracks()]);
    if (pair.initiator) await offer();
  });
  socket.on("offer", async (signal) => {
    await connection.setRemoteDescription(signal.offer);
    await connection.setLocalDescription();
    socket.emit("answer", { answer: connection.localDescription, roomId });
  });
  socket.on("answer", ({ answer }) => connection.setRemoteDescription(answer));
  socket.on("ice_candidate", ({ candidate }) => connection.addIceCandidate(candidate).catch(() => {}));
  document.getElementById("again").onclick = async () => {
    connect([...stream.getVideoTracks(), ...stream.getAudioTracks()]);
    connection.createDataChannel("more");
    await offer();
  };
};
void begin();
