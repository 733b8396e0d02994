// Speaks seed 001 to the server named in the address: the stock client with no options.
const server = new URLSearchParams(location.search).get("server");
const say = (words) => (document.getElementById("status").textContent = words);

const begin = async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  document.getElementById("local").srcObject = stream;
  const remote = document.getElementById("remote");
  remote.onloadedmetadata = () => remote.play();
  const socket = io(server);
  let connection;

  const meet = (roomId) => {
    connection = new RTCPeerConnection();
    for (const track of stream.getTracks()) connection.addTrack(track, stream);
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) socket.emit("add-ice-candidate", { candidate, roomId });
    };
    connection.ontrack = ({ streams }) => (remote.srcObject = streams[0]);
  };
  const part = () => {
    connection?.close();
    connection = undefined;
    remote.srcObject = null;
  };

  socket.on("lobby", () => say("looking"));
  socket.on("create-offer", async ({ roomId }) => {
    say("offering");
    meet(roomId);
    const sdp = await connection.createOffer();
    await connection.setLocalDescription(sdp);
    socket.emit("offer", { sdp, roomId });
  });
  socket.on("wait-for-offer", ({ roomId }) => {
    say("waiting for the offer");
    meet(roomId);
  });
  socket.on("offer", async ({ sdp, roomId }) => {
    await connection.setRemoteDescription(sdp);
    const answer = await connection.createAnswer();
    await connection.setLocalDescription(answer);
    socket.emit("answer", { sdp: answer, roomId });
  });
  socket.on("answer", ({ sdp }) => connection.setRemoteDescription(sdp));
  socket.on("add-ice-candidate", ({ candidate }) => connection?.addIceCandidate(candidate));
  socket.on("partner-disconnected", part);
  document.getElementById("skip").onclick = () => {
    part();
    socket.emit("skip");
  };
};
void begin();
