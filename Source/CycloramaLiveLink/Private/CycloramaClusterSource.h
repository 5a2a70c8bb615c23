// What the cluster shows as a Live Link source: the same preset works on every node, and no node reads a tracker for it.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaSubjects.h"
#include "ILiveLinkSource.h"

class FCycloramaClusterSource : public ILiveLinkSource
{
public:
	~FCycloramaClusterSource() override;

	void ReceiveClient(ILiveLinkClient* InClient, FGuid InSourceGuid) override;
	void Update() override;
	bool IsSourceStillValid() const override { return bAttached; }
	bool RequestSourceShutdown() override;
	FText GetSourceType() const override;
	FText GetSourceMachineName() const override;
	FText GetSourceStatus() const override;

private:
	FCycloramaSubjects Subjects;
	/// The frame that was pushed last; nothing before the first.
	uint64 Pushed = 0;
	bool bPushed = false;
	bool bAttached = false;
};
