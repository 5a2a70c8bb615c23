// The sync record on nDisplay's way from the primary to the nodes, as text.
#pragma once

#include "CoreMinimal.h"
#include "Cluster/IDisplayClusterClusterSyncObject.h"
#include "Misc/EngineVersionComparison.h"

class FCycloramaSyncObject : public IDisplayClusterClusterSyncObject
{
public:
	bool IsActive() const override;
	FString GetSyncId() const override { return FString(TEXT("CycloramaSyncRecord")); }
	/// Every frame is another one.
	bool IsDirty() const override { return true; }
	void ClearDirty() override {}
	FString SerializeToString() const override;
	bool DeserializeFromString(const FString& Text) override;
#if !UE_VERSION_OLDER_THAN(5, 8, 0)
	void SerializeDC(FArchive& Ar) override;
#endif

private:
	// The engine may ask more than once a frame, and gets the same answer: the subjects are evaluated once.
	mutable FString Message;
	mutable uint64 Frame = 0;
	mutable bool bAsked = false;
};
