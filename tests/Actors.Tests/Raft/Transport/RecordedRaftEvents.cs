using System.Collections.Concurrent;
using System.Threading.Channels;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>What the raft connections told, in order.</summary>
internal sealed class RecordedRaftEvents : IRaftTransportEvents
{
    private readonly Channel<string> _texts = Channel.CreateUnbounded<string>();

    /// <summary>Broken promises of ours. There must be none, whatever peers do.</summary>
    public ConcurrentQueue<string> Broken { get; } = new();

    /// <summary>Told and not yet taken.</summary>
    public int Waiting => _texts.Reader.Count;

    public async Task<string> NextAsync() => await _texts.Reader.ReadAsync().AsTask().Soon();

    void IRaftTransportEvents.PeerReached(NodeId peer, string link) => Note($"reached {peer} {link}");
    void IRaftTransportEvents.PeerLost(NodeId peer, string link, string why) => Note($"lost {peer} {link}: {why}");
    void IRaftTransportEvents.Malformed(string remote, string what) => Note($"malformed: {what}");
    void IRaftTransportEvents.Stalled(string remote, string what) => Note($"stalled: {what}");
    void IRaftTransportEvents.Refused(string remote, string why) => Note($"refused: {why}");
    void IRaftTransportEvents.AcceptFailed(string port, string why) => Note($"accept {port}: {why}");
    void IRaftTransportEvents.Broken(string where, Exception e) => Broken.Enqueue($"{where}: {e}");

    private void Note(string text) => Assert.True(_texts.Writer.TryWrite(text));
}
