using Akka.Actor;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The data path's door to the actor that takes the masters' tasks. Open once that actor exists.</summary>
internal sealed class AdminDesk : IAdminDesk
{
    private volatile IActorRef? _desk;

    public void Open(IActorRef desk) => _desk = desk;

    public void Accept(PacketHeader header, byte[] json, IAdminReply reply)
    {
        if (_desk is { } desk) desk.Tell(new TaskDesk.Task(header, json, reply));
        else reply.Refuse(ErrorTexts.NotStarted);
    }
}
