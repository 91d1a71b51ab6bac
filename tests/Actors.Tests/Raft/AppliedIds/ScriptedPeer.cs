using System.Collections.Concurrent;
using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Another data node on a simulated network that answers one question a connection, as a test says.</summary>
internal sealed class ScriptedPeer : IDisposable
{
    private readonly IListener _listener;
    private readonly ConcurrentQueue<(Opcode Opcode, string Body)> _questions = new();

    public ScriptedPeer(SimulatedNetwork network, string address)
    {
        _listener = network.Listen(IPEndPoint.Parse(address));
        Running = ServeAsync();
    }

    /// <summary>What it says of its applied id.</summary>
    public ulong Applied { get; set; }

    /// <summary>Opcodes that it refuses.</summary>
    public HashSet<Opcode> Refuses { get; } = [];

    /// <summary>What a refusal says.</summary>
    public string RefusalText { get; set; } = "";

    /// <summary>It answers another question than it was asked.</summary>
    public bool Wrongs { get; set; }

    /// <summary>Questions so far, with their bodies in hex.</summary>
    public IReadOnlyList<(Opcode Opcode, string Body)> Questions => [.. _questions];

    public Task Running { get; }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            IConnection connection;
            try
            {
                connection = await _listener.AcceptAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            using (connection) await AnswerAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(IConnection connection)
    {
        try
        {
            var head = await connection.ReadExactlyAsync(PacketHeader.BaseBytes).ConfigureAwait(false);
            Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(head, PacketLimits.Requests, out var question, out _));
            _questions.Enqueue((question.Opcode, Hex.Text(await connection.ReadExactlyAsync((int)question.Size).ConfigureAwait(false))));
            var refused = Refuses.Contains(question.Opcode);
            byte[] data = refused ? System.Text.Encoding.UTF8.GetBytes(RefusalText) : question.Opcode switch
            {
                Opcode.GetAppliedId => Hex.Bytes(Applied.ToString("x16", null)),
                Opcode.GetMaxExtentIdAndPartitionSize => new byte[NumberBody.TwoBytes],
                _ => [],
            };
            var result = refused ? ResultCode.TryOtherAddress : ResultCode.Ok;
            await connection.SendAsync(Requests.Build(question with { Result = result, Size = (uint)data.Length, RequestId = question.RequestId + (Wrongs ? 1 : 0) }, [], data)).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // Whoever asked has given up; the test sees it by what it does next.
        }
    }
}
