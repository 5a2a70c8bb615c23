// What a cluster shows: on every node, the primary included, exactly what the primary's last record says.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaTracking.h"

/// What this process is in a cluster.
enum class ECycloramaRole : uint8
{
	/// In none: it reads trackers itself.
	Alone,
	/// A node that has not learnt yet who is the primary: nobody reads a tracker before that.
	Joining,
	/// The one that reads trackers.
	Primary,
	/// Shows what the primary says, and opens no port.
	Node,
};

/// A cluster as nDisplay's configuration and its nodes tell of it.
struct FCycloramaClusterFacts
{
	/// Of the configuration, in its order.
	TArray<FString> Nodes;
	/// How nodes keep their pictures in step, such as Ethernet.
	FString SyncPolicy;
	/// What each node said of its core, by its name.
	TMap<FString, FString> Versions;
};

/// Game thread only. One for the process: it is one node.
class CYCLORAMACORE_API FCycloramaCluster
{
public:
	virtual ~FCycloramaCluster() = default;

	static FCycloramaCluster& Get();
	/// Forgets everything that was shown; the core ends.
	static void End();

	/// This process is a node of a cluster from now on. How it is called in what is told of it.
	virtual void SetNode(const FString& Name) = 0;
	/// It is none any more, and reads no tracker for others. What was shown stays.
	virtual void Leave() = 0;
	virtual ECycloramaRole Role() const = 0;
	/// The beat this engine runs by began this frame; the next message says so.
	virtual void SetBeat(int64 Frame, const FFrameRate& Rate) = 0;
	/// As the primary: evaluates every subject of the trackers so far from now, and gives what the others are to show. It
	/// is shown here too. Timecodes are counted on for HoldSeconds after a tracker fell silent.
	virtual bool Publish(const TArray<FString>& Connections, double AheadSeconds, double HoldSeconds, uint32 FramesRepeated, FString& OutMessage) = 0;
	/// As any node: shows what the primary says. False when the message is damaged or was altered: nothing of it is used.
	virtual bool Apply(const FString& Message) = 0;

	/// The timecode of the tracker of this line, as every node has it on this frame; no line: the usual tracker. False when
	/// it says none, the primary does not publish it, or nothing came for HoldSeconds.
	virtual bool Timecode(const FString& Connection, double HoldSeconds, FQualifiedFrameTime& OutTime) const = 0;
	/// This node runs by the primary's beat, of the tracker of this line (no line: of the house). Where none is told for
	/// long, the log and the words say why, at most every ten seconds.
	virtual void ExpectBeat(const FString& Connection) const = 0;
	/// The beat by which the primary's engine runs; false when it runs by none.
	virtual bool Beat(int64& OutFrame, FFrameRate& OutRate) const = 0;
	/// The frame that is shown; false before the first.
	virtual bool Frame(uint64& OutFrame) const = 0;
	/// The hash of a frame, the same on all nodes that show the same; empty for one that never came.
	virtual FString HashOf(uint64 Frame) const = 0;
	/// Every subject, with its name; Seconds is when this node learnt of it.
	virtual void Shown(TArray<FString>& OutNames, TArray<FCycloramaSample>& OutSamples) const = 0;
	/// What was told last, for pre-flight.
	virtual void SetFacts(const FCycloramaClusterFacts& Facts) = 0;
	virtual const FCycloramaClusterFacts& Facts() const = 0;
	/// What something here waits for and the primary does not say; empty for nothing.
	virtual FString Waits() const = 0;
	/// One plain sentence.
	virtual FString Words() const = 0;
};
