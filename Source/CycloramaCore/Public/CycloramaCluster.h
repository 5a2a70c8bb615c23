// What a cluster shows: on every node, the primary included, exactly what the primary's last record says.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaTracking.h"

/// Game thread only. One for the process: it is one node.
class CYCLORAMACORE_API FCycloramaCluster
{
public:
	virtual ~FCycloramaCluster() = default;

	static FCycloramaCluster& Get();
	/// Forgets everything that was shown; the core ends.
	static void End();

	/// How this node is called in what is told of it.
	virtual void SetNode(const FString& Name) = 0;
	/// As the primary: evaluates every subject of the tracker so far from now, and gives what the others are to show.
	/// It is shown here too.
	virtual bool Publish(const FString& Connection, double AheadSeconds, uint32 FramesRepeated, FString& OutMessage) = 0;
	/// As any node: shows what the primary says. False when the message is damaged or was altered: nothing of it is used.
	virtual bool Apply(const FString& Message) = 0;

	/// The frame that is shown; false before the first.
	virtual bool Frame(uint64& OutFrame) const = 0;
	/// The hash of a frame, the same on all nodes that show the same; empty for one that never came.
	virtual FString HashOf(uint64 Frame) const = 0;
	/// Every subject, with its name; Seconds is when this node learnt of it.
	virtual void Shown(TArray<FString>& OutNames, TArray<FCycloramaSample>& OutSamples) const = 0;
	/// One plain sentence.
	virtual FString Words() const = 0;
};
