using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One question, or one packet that is passed on, to another data node, over a connection of its own that ends with the answer.</summary>
/// <remarks>The answer is read by a <see cref="RepairLine"/>: a doubt is no answer, and told. Thread-safe.</remarks>
internal sealed class PeerQuestion(INetwork network, TimeProvider time, IDataPathEvents events)
{
    private static readonly TimeSpan Dial = DataPlane.DialDeadline;

    private readonly LineParts _parts = new(network, time, new RepairSettings { Dial = Dial }, events);

    /// <param name="address"><c>ip:port</c> of the other node's data port.</param>
    /// <param name="answer">The body of a success.</param>
    /// <param name="limit">For the answer, the sending of the question included.</param>
    /// <returns>The body of a successful answer; null for anything else: unreachable, late, refused, cancelled, or an answer to something else.</returns>
    public async Task<byte[]?> AskAsync(string address, Opcode opcode, PartitionId partition, byte[] body, AnswerBytes answer, TimeSpan limit, CancellationToken cancel = default)
    {
        try
        {
            using var line = await RepairLine.DialAsync(address, _parts, cancel).ConfigureAwait(false);
            await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line).ConfigureAwait(false);
            return await line.AskAsync(new PacketHeader { Opcode = opcode, Partition = partition }, body, answer, limit).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RepairFailureException or OperationCanceledException)
        {
            return null; // the next round asks again; whoever needs all answers sees that one is missing
        }
    }

    /// <summary>Sends a packet as it came to another node, whose business it is, under a request id of its own.</summary>
    /// <param name="address"><c>ip:port</c> of the other node's data port.</param>
    /// <param name="limit">For the answer, the sending included.</param>
    /// <returns>What the other node answered. A failure is an answer that cannot be had or trusted; its text says why.</returns>
    public async Task<RelayedAnswer> RelayAsync(string address, PacketHeader header, byte[] data, TimeSpan limit)
    {
        try
        {
            using var line = await RepairLine.DialAsync(address, _parts, CancellationToken.None).ConfigureAwait(false);
            var body = await line.AskAsync(header with { ArgBytes = 0 }, data, AnswerBytes.UpTo((int)PacketLimits.TextBytesMax), limit).ConfigureAwait(false);
            return new RelayedAnswer(ResultCode.Ok, body, null);
        }
        catch (RepairFailureException e) when (e.Kind == RepairFailureKind.Refused)
        {
            return new RelayedAnswer(e.Code, System.Text.Encoding.UTF8.GetBytes(e.Text), null);
        }
        catch (RepairFailureException e)
        {
            // What was wrong with it is told where mismatches are; a text that quotes a packet could hold the token of some code.
            return RelayedAnswer.Failed(e.Kind == RepairFailureKind.Violation ? $"{address} answered something else than was asked" : $"{address} did not answer: {e.Message}");
        }
    }
}

/// <summary>What another node made of a packet that was passed on to it.</summary>
/// <param name="Failure">Why there is no answer; null if there is one.</param>
internal sealed record RelayedAnswer(ResultCode Result, byte[] Body, string? Failure)
{
    public static RelayedAnswer Failed(string why) => new(ResultCode.None, [], why);

    /// <summary>Null for success; otherwise in the words of CubeFS, from whose text the code is made.</summary>
    public string? Refusal => Failure ?? (Result == ResultCode.Ok ? null : $"result code[{(byte)Result}], msg[{System.Text.Encoding.UTF8.GetString(Body)}]");
}
