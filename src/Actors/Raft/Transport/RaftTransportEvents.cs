using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Turns what the raft connections tell into log events.</summary>
internal sealed class RaftTransportEvents(ILoggingAdapter log) : IRaftTransportEvents
{
    public void PeerReached(NodeId peer, string link) => Log.RaftPeerReached(log, peer, link);
    public void PeerLost(NodeId peer, string link, string why) => Log.RaftPeerLost(log, peer, link, why);
    public void Malformed(string remote, string what) => Log.Malformed(log, remote, what);
    public void Stalled(string remote, string what) => Log.Stalled(log, remote, what);
    public void Refused(string remote, string why) => Log.Refused(log, remote, why);
    public void AcceptFailed(string port, string why) => Log.AcceptFailed(log, port, why);
    public void Broken(string where, Exception e) => Log.Broken(log, where, e);
}
